"""The one thread that talks to the database for an engine; patient while it restarts."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

P = ParamSpec("P")
T = TypeVar("T")

DATABASE_PATIENCE = 120.0


class Clerk:
    """A thread of its own with a connection of its own."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")

    async def ask(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run ``call`` in the database's thread; repeats it while the database is away.

        Every function given here is one transaction, so it can be tried again as a whole.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, lambda: _patiently(call, *args, **kwargs))

    async def leave(self) -> None:
        """Close the thread's connection and end it."""
        await asyncio.get_running_loop().run_in_executor(self._thread, _hang_up)
        self._thread.shutdown()


def _hang_up() -> None:
    """Called inside the thread: ``connection`` means another one in each."""
    connection.close()


def _patiently(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    until = time.monotonic() + DATABASE_PATIENCE
    while True:
        close_old_connections()
        try:
            return call(*args, **kwargs)
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            connection.close()
            time.sleep(0.5)
