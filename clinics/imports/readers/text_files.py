"""Text files, plain or gzipped: scanned once from end to end before a row is read from them.

The scan takes constant memory and finds what would otherwise surface in the middle of an import: a gzip file that was
cut off or unpacks without end, NUL bytes, two encodings in one file.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .encodings import Evidence
from .errors import UnreadableFile
from .utf16 import SAMPLE_BYTES, AsUtf8, utf16_in

MIB = 1024 * 1024
LARGEST_BYTES = 2048 * MIB  # uncompressed
CHUNK_BYTES = 1 * MIB  # also the longest line of a table: a longer one spans a whole chunk
GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that was scanned: how to decode it, and how much it holds."""

    path: Path
    encoding: str
    size_bytes: int  # uncompressed
    lines: int
    long_line: int  # the first line longer than CHUNK_BYTES, 0 if there is none

    @contextmanager
    def open(self) -> Iterator[io.TextIOWrapper]:
        """The text with its line ends. Raises UnreadableFile for whatever goes wrong."""
        with reading(), open_bytes(self.path) as stream:
            yield io.TextIOWrapper(stream, encoding=self.encoding, newline="")


def first_bytes(path: Path) -> bytes:
    """The first bytes of `path`, unpacked, enough to recognise it; raises UnreadableFile if there are none."""
    if not path.is_file():  # a pipe, for example, on which we would wait forever
        what = "That is a folder" if path.is_dir() else "There is no such file"
        raise UnreadableFile(f"{what}; name the directory file itself.")
    with reading(), open_bytes(path) as stream:
        head = stream.read(64 * 1024)
    if not head:
        raise UnreadableFile("The file is empty; download it again.")
    return head


def scan(path: Path) -> TextFile:
    """Read all of `path` once; raises UnreadableFile for what is not text from end to end."""
    size = lines = long_line = since_break = 0
    evidence = Evidence()
    ends_with_break = True
    with reading(), open_bytes(path) as stream:
        while chunk := stream.read(CHUNK_BYTES):
            size += len(chunk)
            if size > LARGEST_BYTES:
                raise UnreadableFile(f"The file unpacks to more than {LARGEST_BYTES // MIB} MiB; no directory does.")
            _refuse_nul(chunk, lines + 1)
            evidence.add(chunk, lines + 1)
            last_break = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
            if last_break < 0:
                since_break += len(chunk)
            else:
                first_break = min(at for at in (chunk.find(b"\n"), chunk.find(b"\r")) if at >= 0)
                if since_break + first_break > CHUNK_BYTES and not long_line:
                    long_line = lines + 1
                since_break = len(chunk) - last_break - 1
            lines += _breaks(chunk)
            ends_with_break = since_break == 0
    if since_break > CHUNK_BYTES and not long_line:
        long_line = lines + 1
    return TextFile(path, evidence.encoding(), size, lines + (not ends_with_break), long_line)


def _refuse_nul(chunk: bytes, first_line: int) -> None:
    if (nul := chunk.find(b"\0")) >= 0:
        line = first_line + _breaks(chunk[:nul])
        raise UnreadableFile(f"Line {line} holds NUL bytes: the file is damaged or not text; download it again.")


def open_bytes(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """The content of `path`, unpacked, and in UTF-8 where it is text in UTF-16."""
    with _unpacked(path) as stream:
        codec = utf16_in(stream.read(SAMPLE_BYTES))
    stream = _unpacked(path)
    return io.BufferedReader(AsUtf8(stream, codec)) if codec else stream


def _unpacked(path: Path) -> gzip.GzipFile | io.BufferedReader:
    with path.open("rb") as stream:
        gzipped = stream.read(2) == GZIP_MAGIC
    return gzip.open(path, "rb") if gzipped else path.open("rb")


@contextmanager
def reading() -> Iterator[None]:
    """Turn the errors of reading, unpacking and decoding into UnreadableFile."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UnreadableFile("The gzip file is damaged or was cut off; download it again.") from error
    except UnicodeDecodeError as error:
        raise UnreadableFile("The file changed while it was being read; try again.") from error
    except PermissionError as error:
        raise UnreadableFile("The file may not be read by this user; change its permissions.") from error
    except OSError as error:
        raise UnreadableFile(f"The file cannot be read: {error.strerror or error}.") from error


def _breaks(chunk: bytes) -> int:
    return chunk.count(b"\n") or chunk.count(b"\r")  # CR alone: text saved by an old Macintosh program
