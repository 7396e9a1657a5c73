"""A worker that a test did something to: ``python -m tests.faults.rigged RIG celery-arguments…``.

RIG is JSON. ``set`` gives constants another value, by dotted name. ``crash``
names a function and the call of it (``number``) at which the process ends as
by kill -9: ``when`` it is "before" the step or "after" it. The program knows
nothing of this; it runs as always.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import django
from celery.__main__ import main as celery


def rig(said: dict[str, Any]) -> None:
    """Do to this process what ``said`` asks for."""
    for name, value in said.get("set", {}).items():
        owner, last = _find(name)
        kind = type(getattr(owner, last))
        setattr(owner, last, kind(seconds=value) if kind.__name__ == "timedelta" else kind(value))
    if crash := said.get("crash"):
        owner, last = _find(crash["name"])
        step = getattr(owner, last)
        setattr(owner, last, _crashing(step, crash["when"], crash["number"]))


def _crashing(step: Callable[..., Any], when: str, number: int) -> Callable[..., Any]:
    calls = itertools.count(1)

    def crashing(*args: Any, **kwargs: Any) -> Any:
        is_last = next(calls) == number
        if is_last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = step(*args, **kwargs)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return crashing


def _find(name: str) -> tuple[Any, str]:
    """Who holds ``name``, and its last word. Raises AttributeError when nobody does."""
    module, _, inside = name.partition(":")
    owner: Any = import_module(module)
    *path, last = inside.split(".")
    for word in path:
        owner = getattr(owner, word)
    getattr(owner, last)
    return owner, last


if __name__ == "__main__":
    django.setup()
    rig(json.loads(sys.argv[1]))
    sys.argv[1:] = sys.argv[2:]
    celery()
