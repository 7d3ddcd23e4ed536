"""A small sheet for gridpin, from invented addresses: the file format that its docs/FORMAT.md describes, version 7.

gridpin's own builder is a program apart that its wheel does not have. The wheel reads what is written here.
"""

import itertools
import re
import struct
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

MAGIC, VERSION = b"GPC0", 7
SECTIONS = 17
HEADER_BYTES = 6 + SECTIONS * 17
KEY_SEPARATOR = b"\x1f"
UNIT = 10**7  # coordinates are whole numbers of this part of a degree


class House(NamedTuple):
    number: int
    street: str
    city: str
    zip_code: str
    latitude: float
    longitude: float
    suffix: str = ""


def write_sheet(path: Path, houses: list[House], umbrellas: dict[str, str] | None = None) -> Path:
    """A sheet of the United States with these houses. `umbrellas`: other names of a city, separated by "|"."""
    sheet = _Sheet(houses, umbrellas or {})
    payloads = sheet.sections()
    at, table = HEADER_BYTES, b""
    for number in range(1, SECTIONS + 1):
        payload = payloads.get(number, b"")
        table += struct.pack("<BQQ", number, at, len(payload))
        at += len(payload)
    body = b"".join(payloads.get(number, b"") for number in range(1, SECTIONS + 1))
    path.write_bytes(MAGIC + bytes([VERSION, SECTIONS]) + table + body)
    return path


def normal(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def zigzag(number: int) -> bytes:
    return varint(number << 1 if number >= 0 else (-number << 1) - 1)


def middle_of(houses: list[House]) -> tuple[int, int]:
    """In whole units."""
    latitude = sum(house.latitude for house in houses) / len(houses)
    longitude = sum(house.longitude for house in houses) / len(houses)
    return round(latitude * UNIT), round(longitude * UNIT)


class _Sheet:
    def __init__(self, houses: list[House], umbrellas: dict[str, str]):
        self.umbrellas = umbrellas
        self.names = bytearray()
        self.cities = sorted({house.city for house in houses})
        self.city_names = [self._name(city) for city in self.cities]
        self.suffixes = sorted({house.suffix for house in houses} - {""})
        by_street = defaultdict(list)
        for house in houses:
            by_street[self._street_key(house)].append(house)
        self.streets = dict(sorted(by_street.items()))

    def _name(self, text: str) -> int:
        at = len(self.names)
        self.names += bytes([len(text.encode())]) + text.encode()
        return at

    def _street_key(self, house: House) -> bytes:
        code = str(self.cities.index(house.city)).zfill(5)
        return normal(house.street).encode() + KEY_SEPARATOR + code.encode()

    def sections(self) -> dict[int, bytes]:
        metas, blocks, words, cells, totals = bytearray(), bytearray(), defaultdict(set), defaultdict(list), {}
        for street_id, houses in enumerate(self.streets.values()):
            middle = middle_of(houses)
            city = self.cities.index(houses[0].city)
            metas += struct.pack(
                "<iiIIIQII",
                *middle,
                city,
                int(houses[0].zip_code),
                self._name(houses[0].street),
                len(blocks),
                len(houses),
                self._name(houses[0].zip_code),
            )
            blocks += self._block(houses, middle)
            for word in normal(houses[0].street).split():
                if len(word) > 2:
                    words[word].add(street_id)
            latitude, longitude = (value / UNIT for value in middle)
            cells[int((latitude + 90) / 0.01) * 36000 + int((longitude + 180) / 0.01)].append(street_id)
            totals.setdefault(city, []).extend(houses)
        postings, offsets = bytearray(), {}
        for word, ids in sorted(words.items()):
            offsets[word.encode()] = len(postings)
            deltas = [after - before for before, after in itertools.pairwise([0, *sorted(ids)])]
            postings += varint(len(ids)) + b"".join(map(varint, deltas))
        communes, commune_postings = self._communes()
        return {
            1: fst(communes),
            2: b"".join(
                struct.pack("<8sII", str(i).zfill(5).encode(), name, len(totals[i]))
                for i, name in enumerate(self.city_names)
            ),
            3: commune_postings,
            4: fst({key: number for number, key in enumerate(self.streets)}),
            5: bytes(metas),
            6: bytes(blocks),
            7: bytes(self.names),
            8: struct.pack("<I", len(self.suffixes))
            + b"".join(bytes([len(each)]) + each.encode() for each in self.suffixes),
            9: _cells(cells),
            12: fst(offsets),
            13: bytes(postings),
            14: b"".join(struct.pack("<ii", *middle_of(totals[i])) for i in range(len(self.cities))),
            17: _meta({"country": "us", "layer": "addresses", "license": "invented", "source_release": "2026-11-01"}),
        }

    def _block(self, houses: list[House], middle: tuple[int, int]) -> bytes:
        out, before = b"", 0
        for house in sorted(houses):
            suffix = self.suffixes.index(house.suffix) + 1 if house.suffix else 0
            out += varint(house.number - before) + varint(suffix)
            out += zigzag(round(house.latitude * UNIT) - middle[0]) + zigzag(round(house.longitude * UNIT) - middle[1])
            before = house.number
        return out

    def _communes(self) -> tuple[dict[bytes, int], bytes]:
        groups = defaultdict(list)
        for number, city in enumerate(self.cities):
            for name in [city, *filter(None, self.umbrellas.get(city, "").split("|"))]:
                groups[normal(name)].append(number)
        keys, flat = {}, []
        for name, numbers in sorted(groups.items()):
            keys[name.encode()] = len(flat) << 16 | len(numbers)
            flat += numbers
        return keys, struct.pack(f"<{len(flat)}I", *flat)


def _cells(cells: dict[int, list[int]]) -> bytes:
    directory, flat = b"", []
    for cell, ids in sorted(cells.items()):
        directory += struct.pack("<III", cell, len(flat), len(ids))
        flat += ids
    return struct.pack("<I", len(cells)) + directory + struct.pack(f"<{len(flat)}I", *flat)


def _meta(pairs: dict[str, str]) -> bytes:
    out = struct.pack("<I", len(pairs))
    for key, value in sorted(pairs.items()):
        out += struct.pack("<H", len(key)) + key.encode() + struct.pack("<I", len(value)) + value.encode()
    return out


def fst(values: dict[bytes, int]) -> bytes:
    """A map of the Rust crate `fst`, version 3: a trie of bytes, each value at the node where its key ends."""
    root: dict = {}
    for key, value in values.items():
        node = root
        for byte in key:
            node = node.setdefault(byte, {})
        node[None] = value
    out = bytearray(struct.pack("<QQ", 3, 0))
    address = _node(root, out)
    out += struct.pack("<QQ", len(values), address)
    return bytes(out) + struct.pack("<I", _masked_checksum(out))


def _node(node: dict, out: bytearray) -> int:
    """Write a node behind its children; the address is that of its last byte."""
    targets = [(byte, _node(child, out)) for byte, child in sorted((k, v) for k, v in node.items() if k is not None)]
    value = node.get(None)
    if not targets and not value:
        return 0  # the empty final node has no bytes
    start = len(out)
    out_bytes = _bytes_of(value) if value else 0
    deltas = [start - target if target else 0 for _byte, target in targets]
    delta_bytes = max(map(_bytes_of, deltas), default=1)
    if value:
        out += value.to_bytes(out_bytes, "little") + bytes(out_bytes * len(targets))
    for delta in reversed(deltas):
        out += delta.to_bytes(delta_bytes, "little")
    out += bytes(byte for byte, _target in reversed(targets))
    if len(targets) > 32:
        index = bytearray(b"\xff" * 256)
        for number, (byte, _target) in enumerate(targets):
            index[byte] = number
        out += index
    out.append((delta_bytes if targets else 0) << 4 | out_bytes)
    final = 0b01_000000 if value is not None else 0
    if 0 < len(targets) < 64:
        out.append(final | len(targets))
    else:
        out += bytes([1 if len(targets) == 256 else len(targets), final])
    return len(out) - 1


def _bytes_of(number: int) -> int:
    return max(1, (number.bit_length() + 7) // 8)


def _masked_checksum(data: bytes) -> int:
    """CRC-32C as Snappy masks it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _bit in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
