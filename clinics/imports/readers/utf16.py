"""UTF-16, as Excel saves "Unicode text" and PowerShell whatever it writes: read as if it were UTF-8."""

import codecs
import io
from typing import TYPE_CHECKING

from .errors import UnreadableFile

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SAMPLE_BYTES = 512
MOST, FEW = 0.6, 0.05  # in English text nearly every other byte is NUL, and no byte between them


def utf16_in(head: bytes) -> str:
    """The codec of a text that begins with `head`, with a byte order mark or without one; "" if it is not UTF-16."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return ""
    if head[:2] in MARKS:
        return MARKS[head[:2]]
    sample = head[: min(SAMPLE_BYTES, len(head) // 2 * 2)]
    if len(sample) < 4:
        return ""
    first, second = (sample[start::2].count(0) / (len(sample) / 2) for start in (0, 1))
    if second >= MOST and first <= FEW:
        return "utf-16-le"
    return "utf-16-be" if first >= MOST and second <= FEW else ""


class AsUtf8(io.RawIOBase):
    """The bytes of `stream`, which holds text in `codec`, in UTF-8. Raises UnreadableFile where it is not text."""

    def __init__(self, stream: io.BufferedIOBase, codec: str) -> None:
        self._stream, self._decoder = stream, codecs.getincrementaldecoder(codec)()
        self._ready, self._ended = b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        while not self._ready and not self._ended:
            chunk = self._stream.read(io.DEFAULT_BUFFER_SIZE)
            self._ended = not chunk
            try:
                self._ready = self._decoder.decode(chunk, final=self._ended).encode()
            except UnicodeError as error:
                raise UnreadableFile("The UTF-16 text is damaged or was cut off; download it again.") from error
        count = min(len(view), len(self._ready))
        view[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def close(self) -> None:
        self._stream.close()
        super().close()
