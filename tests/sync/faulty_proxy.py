"""A network as phones have it: a proxy that fails in seven ways."""

import asyncio
import contextlib
import random

FAULTS = (
    "refuse", "cut request", "drop answer", "cut answer", "stall", "duplicate", "late duplicate",
)  # fmt: skip


class FaultyProxy:
    """Forwards one request per connection to ``port``, or does something worse to it.

    Parameters
    ----------
    port
        Where the server listens.
    share
        How many requests in one meet a fault.
    """

    def __init__(self, port: int, share: float, seed: int) -> None:
        self.upstream, self.share, self.chance = port, share, random.Random(seed)
        self.done = dict.fromkeys(("fine", *FAULTS), 0)
        self._late: set[asyncio.Task] = set()

    async def start(self) -> int:
        """Listen; the port."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self.server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        self.server.close()
        for task in self._late:
            await task

    async def _serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            request = await self._request(reader)
            fault = "fine"
            if self.chance.random() < self.share:
                fault = self.chance.choice(FAULTS)
            self.done[fault] += 1
            answer = await self._answer(fault, request)
            writer.write(answer)
            await writer.drain()
        with contextlib.suppress(OSError):
            writer.close()

    async def _request(self, reader):
        head = await reader.readuntil(b"\r\n\r\n")
        lines = [line for line in head.split(b"\r\n") if line]
        kept = [line for line in lines if not line.lower().startswith(b"connection:")]
        length = next(
            (int(line[15:]) for line in lines if line.lower().startswith(b"content-length:")), 0
        )
        body = await reader.readexactly(length)
        return b"\r\n".join(kept) + b"\r\nConnection: close\r\n\r\n" + body

    async def _answer(self, fault, request):
        match fault:
            case "refuse":
                return b""
            case "cut request":
                await self._forward(request[: max(1, len(request) * 2 // 3)], cut=True)
                return b""
            case "drop answer":
                await self._forward(request)
                return b""
            case "cut answer":
                answer = await self._forward(request)
                return answer[: len(answer) // 2]
            case "stall":
                await asyncio.sleep(self.chance.random())
            case "duplicate":
                await self._forward(request)
            case "late duplicate":
                self._late.add(asyncio.create_task(self._later(request)))
        return await self._forward(request)

    async def _later(self, request):
        await asyncio.sleep(0.5 + self.chance.random())
        with contextlib.suppress(OSError):
            await self._forward(request)

    async def _forward(self, request, *, cut=False):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.upstream)
        try:
            writer.write(request)
            await writer.drain()
            if cut:
                writer.transport.abort()
                return b""
            return await reader.read()
        finally:
            writer.close()
