"""Tiles made once: kept while what they show stays the same, and made by one request at a time."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

MOST_BYTES = 64 * 2**20

Key = tuple[object, ...]


@dataclass
class TileCache:
    """Packed tiles by what they show and its version; the longest unused go first."""

    most_bytes: int = MOST_BYTES
    _kept: OrderedDict[Key, bytes] = field(default_factory=OrderedDict[Key, bytes])
    _bytes: int = 0
    _making: dict[Key, asyncio.Lock] = field(default_factory=dict[Key, asyncio.Lock])

    def get(self, key: Key) -> bytes | None:
        """The tile, if it is kept."""
        tile = self._kept.get(key)
        if tile is not None:
            self._kept.move_to_end(key)
        return tile

    def put(self, key: Key, tile: bytes) -> None:
        """Keep a tile."""
        self._bytes += len(tile) - len(self._kept.get(key, b""))
        self._kept[key] = tile
        self._kept.move_to_end(key)
        while self._bytes > self.most_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._bytes -= len(dropped)

    @contextlib.asynccontextmanager
    async def alone(self, key: Key) -> AsyncGenerator[None]:
        """One maker at a time for each tile: a map that opens asks for the same many times."""
        lock = self._making.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._making.pop(key, None)
