"""Work in processes of its own that are killed or frozen before a given step of it.

A step is what leaves a trace: a statement, the beginning of a transaction, a file of
private storage that is opened, locked, moved or removed. The work knows nothing of it.
"""

import itertools
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import connection, connections
from django.db.transaction import Atomic

_OF_FILES = ("open", "fcntl.flock", "os.chmod", "os.remove", "os.rename")
# Longer than a small piece of work takes.
_HELD_UP_S = 0.7

Work = Callable[[], object]


def kill_before_every_step(work: Work, after_each: Work, *, stride: int = 1) -> int:
    """Run ``work`` again and again: killed before its first step, its second, and so on.

    ``after_each`` looks at what the dead one left. Ends when the work is done before
    its step comes. Returns how many were killed. ``stride`` leaves steps out.
    """
    for deaths in itertools.count():
        if _end_of(_begin(work, 1 + deaths * stride, signal.SIGKILL)) == 0:
            return deaths
        after_each()
    raise AssertionError


def is_frozen_before(work: Work, number: int, meanwhile: Work) -> bool:
    """Run ``work``, frozen before one step outside a transaction; it wakes after ``meanwhile``.

    False when the work was done before that step came.
    """
    # Whoever is frozen in a transaction holds what the others need, and keeps it.
    process = _begin(work, number, signal.SIGSTOP, inside=False)
    if not _is_stopped(process):
        return False
    meanwhile()
    _wake(process)
    return True


def is_frozen_beside(work: Work, number: int, other: Work) -> bool:
    """Run ``work``, frozen before one step, in a transaction or not, and ``other`` beside it.

    Whoever is frozen may hold what the other one needs; then it wakes before the other
    one can end. Both end. False when the work was done before that step came.
    """
    process = _begin(work, number, signal.SIGSTOP)
    if not _is_stopped(process):
        return False
    beside = _begin(other, 0, signal.SIGSTOP)
    # Left as it is found for whoever waits for its end.
    look = os.WEXITED | os.WNOHANG | os.WNOWAIT
    until = time.monotonic() + _HELD_UP_S
    while os.waitid(os.P_PID, beside, look) is None and time.monotonic() < until:
        time.sleep(0.02)
    _wake(process)
    assert _end_of(beside) == 0
    return True


def _is_stopped(process: int) -> bool:
    _pid, status = os.waitpid(process, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return True
    assert os.waitstatus_to_exitcode(status) == 0
    return False


def _wake(process: int) -> None:
    os.kill(process, signal.SIGCONT)
    assert _end_of(process) == 0, "it woke, and did not end quietly"


def _end_of(process: int) -> int:
    _pid, status = os.waitpid(process, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in {0, -signal.SIGKILL}, "the work failed, see above"
    return code


def _begin(work: Work, number: int, fate: signal.Signals, *, inside: bool = True) -> int:
    """Start ``work`` in a process of its own; returns the process."""
    # No two processes may speak on one line to the database.
    connections.close_all()
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        with _counting(number, fate, inside):
            work()
        connections.close_all()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        # Whatever was raised: nothing may go on in here that is the parent's.
        os._exit(code)


@contextmanager
def _counting(number: int, fate: signal.Signals, inside: bool) -> Iterator[None]:
    steps = itertools.count(1)
    kept = str(settings.PRIVATE_ROOT)
    enter = Atomic.__enter__

    def step() -> None:
        if connection.in_atomic_block and not inside:
            return
        if next(steps) == number:
            os.kill(os.getpid(), fate)

    def hear(event: str, said: tuple[Any, ...]) -> None:
        if event == "fcntl.flock" or (event in _OF_FILES and str(said[0]).startswith(kept)):
            step()

    def say(execute: Callable[..., Any], *said: Any) -> Any:
        step()
        return execute(*said)

    def begin(self: Atomic) -> None:
        step()
        enter(self)

    sys.addaudithook(hear)
    with connection.execute_wrapper(say), patch.object(Atomic, "__enter__", begin):
        yield
