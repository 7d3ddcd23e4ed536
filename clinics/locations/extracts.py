"""What an OpenStreetMap extract says of itself in its first block: wiki.openstreetmap.org/wiki/PBF_Format."""

import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

HEADER = b"OSMHeader"
LARGEST_HEADER_BYTES = 32 * 1024 * 1024  # by the specification
# Numbers of fields: of the frame around a block, of the block, and of what is in it.
KIND, SIZE = 1, 3
PLAIN, COMPRESSED = 1, 3
REPLICATED_AT = 32
_VARINT, _EIGHT_BYTES, _TEXT, _FOUR_BYTES = 0, 1, 2, 5  # how a field is written


class BrokenExtract(Exception):  # noqa: N818 - what happened, not a fault of ours
    """The file is no extract. The message is a sentence."""


def day_of(path: Path) -> str:
    """The day of the map, as ISO text; the day of the file, if the map states none. Raises BrokenExtract."""
    try:
        with path.open("rb") as file:
            header = _first_block(file.read(LARGEST_HEADER_BYTES))
        second = header.get(REPLICATED_AT)
        written_at = second if isinstance(second, int) else path.stat().st_mtime
        return datetime.fromtimestamp(written_at, UTC).date().isoformat()
    except OSError as error:
        raise BrokenExtract(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, IndexError, zlib.error, OverflowError) as error:
        raise BrokenExtract(f"{path} is no OpenStreetMap extract: it needs the format .osm.pbf.") from error


def _first_block(data: bytes) -> dict[int, int | bytes]:
    frame_end = 4 + int.from_bytes(data[:4], "big")
    frame = dict(_fields(data[4:frame_end]))
    size = frame.get(SIZE)
    if frame.get(KIND) != HEADER or not isinstance(size, int) or frame_end + size > len(data):
        raise ValueError("no header")
    block = dict(_fields(data[frame_end : frame_end + size]))
    plain, compressed = block.get(PLAIN), block.get(COMPRESSED)
    if isinstance(compressed, bytes):
        plain = zlib.decompress(compressed)
    if not isinstance(plain, bytes):
        raise ValueError("no content")
    return dict(_fields(plain))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The fields of a message of Protocol Buffers, by number. Raises ValueError or IndexError if it is none."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        number, written = key >> 3, key & 7
        if written == _VARINT:
            value, at = _varint(data, at)
            yield number, value
            continue
        if written == _TEXT:
            size, at = _varint(data, at)
        elif written in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if written == _EIGHT_BYTES else 4
        else:
            raise ValueError("no field")
        if at + size > len(data):
            raise ValueError("cut off")
        yield number, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the lowest first, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
        if shift > 63:
            raise ValueError("no number")
