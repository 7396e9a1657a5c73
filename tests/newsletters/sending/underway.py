"""A mailing that goes out slowly, so that something can happen meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from newsletters.sending import engine
from newsletters.states import Lane
from tests.infra.sink_script import Rule
from tests.sink import Sink


@contextmanager
def sending(sink: Sink, *, seconds_a_mail: float) -> Iterator[threading.Thread]:
    """The engine at work in a thread of its own, against a relay that takes its time."""
    sink.script.rules = [Rule(phase="dot", delay=seconds_a_mail)]

    def work() -> None:
        try:
            engine.run(Lane.BULK)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(60)
        assert not thread.is_alive()


def arrived(sink: Sink) -> set[str]:
    """Addresses the relay took a mail for."""
    return {address for _, address in sink.accepted()}
