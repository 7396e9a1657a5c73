"""A relay far away: a TCP proxy on loopback that holds every byte back, in order.

``python -m bench.delay PORT MILLISECONDS`` prints its own port. The delay is one way.
"""

import asyncio
import sys

import uvloop

CHUNK = 256 * 1024


class Far:
    """Connects everybody who comes to ``port``, with ``seconds`` on the way there and back."""

    def __init__(self, port: int, seconds: float) -> None:
        """Nothing happens before ``serve``."""
        self._port = port
        self._seconds = seconds

    async def serve(self) -> None:
        """Say where we listen, and go on until killed."""
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0, backlog=1024)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()

    async def _meet(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        far, there = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(self._carry(near, there), self._carry(far, back))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction. Timers of one length end in the order they began."""
        loop = asyncio.get_running_loop()
        while chunk := await reader.read(CHUNK):
            loop.call_later(self._seconds, writer.write, chunk)
        loop.call_later(self._seconds, writer.close)


if __name__ == "__main__":
    uvloop.run(Far(int(sys.argv[1]), int(sys.argv[2]) / 1000).serve())
