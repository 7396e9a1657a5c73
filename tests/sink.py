"""A real SMTP server on loopback that accepts, records and misbehaves as told.

In a test: ``with Sink(record=path) as sink: …`` runs it in a thread.
As a process: ``python -m tests.sink --port 0 --record FILE --script FILE``
prints its port. Only CRLF.CRLF ends a message, whatever the body holds.

Every accepted recipient is written to the record, one line
``<delivery id or Message-ID> <address>``, before the 250 of the final dot.
"""

import argparse
import asyncio
import json
import os
import re
import sys
import tempfile
import threading
from pathlib import Path
from typing import Self

import uvloop

from tests.infra.certificate import server_context, write_certificate
from tests.infra.sink_script import Script
from tests.infra.sink_session import CHUNK, Message, Session

HOST = "127.0.0.1"
IDENTITY = [
    re.compile(rb"^X-Handbill-Delivery:\s*(\S+)", re.IGNORECASE | re.MULTILINE),
    re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE),
]


class Sink:
    """The server. ``sink.script`` may be changed at any time; new commands obey the new one."""

    def __init__(
        self, *, record: Path, keep: Path | None = None, script: Script | None = None
    ) -> None:
        """Write accepted ids to ``record``, whole messages into the directory ``keep``."""
        self.script = script or Script()
        self.messages: list[Message] = []
        self.heard_in_clear: set[str] = set()
        self.sessions = 0
        self.most_open_sessions = 0
        self.port = 0
        self._record = record
        self._keep = keep
        self._kept = 0
        self._file = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._folder = tempfile.TemporaryDirectory(prefix="handbill-sink-")
        self.certificate = Path(self._folder.name) / "sink.pem"
        self.use_certificate()
        self._server: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)

    # For tests ----------------------------------------------------------------------
    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sink", daemon=True)
        self._thread.start()
        self.mend()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self.close()

    def cut(self) -> None:
        """Stop listening and drop every connection, as when the network fails."""
        asyncio.run_coroutine_threadsafe(self.stop(), self._loop).result()

    def mend(self) -> None:
        """Listen again, on the same port as before."""
        asyncio.run_coroutine_threadsafe(self.start(self.port), self._loop).result()

    def use_certificate(self, *, expired: bool = False, name: str = "localhost") -> None:
        """Make a certificate; a client trusts it by naming the file ``sink.certificate``."""
        path = write_certificate(self.certificate, expired=expired, name=name)
        self.tls_context = server_context(path)

    @property
    def open_sessions(self) -> int:
        """Connections that are open now."""
        return len(self._open)

    def accepted(self) -> list[tuple[str, str]]:
        """Everything recorded so far, in order: (delivery id or Message-ID, address)."""
        return read_record(self._record)

    # The server ---------------------------------------------------------------------
    async def start(self, port: int) -> None:
        """Listen on ``port``, 0 for any."""
        tls = self.tls_context if self.script.tls == "implicit" else None
        self._server = await asyncio.start_server(
            self._serve, HOST, port, limit=CHUNK, ssl=tls, backlog=1024
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every connection."""
        if self._server is not None:
            self._server.close()
        for task, writer in self._open.items():
            writer.transport.abort()
            if task is not None:
                task.cancel()
        await asyncio.gather(*filter(None, self._open), return_exceptions=True)

    def close(self) -> None:
        """Give back the record's file and the certificate's directory."""
        os.close(self._file)
        self._folder.cleanup()

    def accept(self, message: Message) -> None:
        """Record ``message``. When this returns, the record is with the operating system."""
        identity = _identity(message.data)
        lines = "".join(f"{identity} {address}\n" for address in message.recipients)
        os.write(self._file, lines.encode())
        if self._keep is not None:
            self._kept += 1
            self.messages.append(message)
            (self._keep / f"{self._kept:06}.eml").write_bytes(message.data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._open[task] = writer
        self.sessions += 1
        self.most_open_sessions = max(self.most_open_sessions, self.open_sessions)
        try:
            await Session(self, reader, writer).serve()
        finally:
            del self._open[task]


def read_record(path: Path) -> list[tuple[str, str]]:
    """The lines of a record as (delivery id or Message-ID, address)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(identity, address) for identity, _, address in (line.partition(" ") for line in lines)]


def _identity(data: bytes) -> str:
    head = data.partition(b"\r\n\r\n")[0]
    found = next((match for pattern in IDENTITY if (match := pattern.search(head))), None)
    return found[1].decode("ascii", "replace") if found else "-"


async def _run(sink: Sink, port: int) -> None:
    await sink.start(port)
    sys.stdout.write(f"{sink.port}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description="An SMTP server for tests, on loopback only.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--script", type=Path)
    options = parser.parse_args()
    script = Script.parse(json.loads(options.script.read_text())) if options.script else Script()
    uvloop.run(_run(Sink(record=options.record, keep=options.keep, script=script), options.port))


if __name__ == "__main__":
    main()
