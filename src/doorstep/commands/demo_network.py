"""A network as one finds it in stairwells, and what it does to requests."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from enum import StrEnum

import httpx
import numpy as np


class Fault(StrEnum):
    """What becomes of a request."""

    NONE = "none"
    OFFLINE = "offline"
    LOST = "lost"
    CUT = "cut"
    ANSWER_LOST = "answer_lost"
    DUPLICATED = "duplicated"


@dataclass(frozen=True, kw_only=True)
class Weather:
    """The chance of each fault for one request, 0 to 1; together at most 1."""

    offline: float = 0.03
    """No signal, for this request and the next few."""
    lost: float = 0.08
    """It never reaches the server."""
    cut: float = 0.06
    """The connection breaks half-way through the body."""
    answer_lost: float = 0.12
    """The server does what it was asked, and nobody hears of it."""
    duplicated: float = 0.06
    """It reaches the server twice, at the same time."""
    latency_s: float = 0.03
    """The longest delay each way."""

    def __post_init__(self) -> None:
        if not 0 <= sum(self.chances.values()) <= 1:
            message = "The chances of the faults must not add up to more than 1."
            raise ValueError(message)

    @property
    def chances(self) -> dict[Fault, float]:
        """The faults with their chances."""
        return {fault: getattr(self, fault) for fault in Fault if fault is not Fault.NONE}


class FlakyTransport(httpx.AsyncBaseTransport):
    """A transport that fails by chance, in front of one that works.

    Parameters
    ----------
    inner
        What really sends.
    weather
        The chances.
    rng
        The source of chance: the same seed gives the same faults in the same order.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, weather: Weather, rng: np.random.Generator
    ) -> None:
        self._inner = inner
        self._weather = weather
        self._rng = rng
        self._offline_left = 0
        self.counts = Counter[Fault]()
        self.planned: dict[str, list[Fault]] = {}
        """Faults for the next requests to a path, instead of those by chance."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send, or fail to."""
        await request.aread()
        fault = self._next_fault(request.url.path)
        self.counts[fault] += 1
        await asyncio.sleep(self._rng.uniform(0, self._weather.latency_s))
        match fault:
            case Fault.OFFLINE | Fault.LOST:
                message = "No connection"
                raise httpx.ConnectError(message, request=request)
            case Fault.CUT if request.content:
                await self._deliver(_cut(request))
                message = "Connection cut"
                raise httpx.WriteError(message, request=request)
            case Fault.CUT | Fault.ANSWER_LOST:
                await self._deliver(request)
                message = "Answer lost"
                raise httpx.ReadError(message, request=request)
            case Fault.DUPLICATED:
                _, answer = await asyncio.gather(self._deliver(request), self._deliver(request))
                return answer
            case Fault.NONE:
                return await self._deliver(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()

    def _next_fault(self, path: str) -> Fault:
        if self._offline_left:
            self._offline_left -= 1
            return Fault.OFFLINE
        if self.planned.get(path):
            return self.planned[path].pop(0)
        chances = self._weather.chances
        at = int(np.searchsorted(np.cumsum(list(chances.values())), self._rng.random(), "right"))
        fault = [*chances, Fault.NONE][at]
        if fault is Fault.OFFLINE:
            self._offline_left = int(self._rng.geometric(0.4))
        return fault

    async def _deliver(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        # Read here, so that a lost answer is one that the server gave in full.
        await answer.aread()
        return answer


def _cut(request: httpx.Request) -> httpx.Request:
    """The request with half its body, after which the connection breaks."""
    return httpx.Request(
        request.method, request.url, headers=request.headers, stream=_HalfBody(request.content)
    )


class _HalfBody(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        yield self._content[: len(self._content) // 2]
        message = "Connection cut"
        raise httpx.WriteError(message)
