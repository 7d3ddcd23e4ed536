"""A few roads as an OpenStreetMap extract (.osm.pbf), written by hand: wiki.openstreetmap.org/wiki/PBF_Format.

Each block of the file is a message of Protocol Buffers: fields that begin with their number and kind.
"""

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from clinics.geo import Coordinates

NANODEGREES = 100  # of one unit of a coordinate


@dataclass
class Roads:
    """Points by number, and roads along them."""

    points: dict[int, Coordinates] = field(default_factory=dict)
    ways: list[tuple[list[int], dict[str, str]]] = field(default_factory=list)

    def add(self, path: Iterable[Coordinates], **tags: str) -> None:
        """A road along `path`; it meets those that share one of its points."""
        numbers = {point: number for number, point in self.points.items()}
        road = []
        for point in path:
            number = numbers.setdefault(point, len(self.points) + 1)
            self.points[number] = point
            road.append(number)
        self.ways.append((road, tags))

    def write(self, path: Path, *, as_of: int = 0) -> Path:
        """`as_of`: the second of the day that the extract states, 0 if it states none."""
        header = _text(4, b"OsmSchema-V0.6") + (_number(32, as_of) if as_of else b"")
        path.write_bytes(_blob(b"OSMHeader", header) + _blob(b"OSMData", self._block()))
        return path

    def _block(self) -> bytes:
        words = [b""]
        ways = [_text(3, _way(number, road, tags, words)) for number, (road, tags) in enumerate(self.ways, start=1)]
        nodes = [_text(1, _node(number, point)) for number, point in sorted(self.points.items())]
        groups = _text(2, b"".join(nodes)) + _text(2, b"".join(ways))
        return _text(1, b"".join(_text(1, word) for word in words)) + groups


def _node(number: int, point: Coordinates) -> bytes:
    latitude, longitude = (round(degrees * 1e9 / NANODEGREES) for degrees in point)
    return _number(1, _signed(number)) + _number(8, _signed(latitude)) + _number(9, _signed(longitude))


def _way(number: int, road: list[int], tags: dict[str, str], words: list[bytes]) -> bytes:
    """Its texts are kept in `words`, and named by their place there."""
    keys, values = [], []
    for key, value in tags.items():
        keys.append(len(words))
        values.append(len(words) + 1)
        words += [key.encode(), value.encode()]
    steps = [road[0], *(after - before for before, after in pairwise(road))]
    return _number(1, number) + _packed(2, keys) + _packed(3, values) + _packed(8, map(_signed, steps))


def _blob(kind: bytes, content: bytes) -> bytes:
    blob = _number(2, len(content)) + _text(3, zlib.compress(content))
    header = _text(1, kind) + _number(3, len(blob))
    return struct.pack(">I", len(header)) + header + blob


def _text(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _packed(number: int, values: Iterable[int]) -> bytes:
    return _text(number, b"".join(map(_varint, values)))


def _signed(value: int) -> int:
    """Small numbers first, whatever their sign: 0, -1, 1, -2."""
    return value << 1 if value >= 0 else (-value << 1) - 1


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])
