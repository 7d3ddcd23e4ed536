"""Which encoding a file is in: UTF-8, Windows-1252 or Mac Roman, decided for the whole file.

Mac Roman does occur: TreatmentProgram_20200217.csv was saved by Excel on a Macintosh. Read as Windows-1252 it
decodes without an error, to "Bayam—n" and "RiverÕs Shore".
"""

import re

from .errors import UnreadableFile

HIGH_BYTES = re.compile(rb"[\x80-\xff]+")
SAMPLES = 1000  # enough to choose between two encodings, few enough to keep memory constant
CONTEXT_BYTES = 3
LONGEST_RUN = 64  # bytes above 127 in a row, in text of ours
LEAST_SCORE = 0.5  # of 1: three quarters of the samples read well


class Evidence:
    """The bytes above 127 of a file that is read chunk by chunk, as evidence of its encoding."""

    def __init__(self) -> None:
        self.has_mark = False
        self.utf8_line = 0  # the first line with characters that are UTF-8
        self.other_line = 0  # the first line with bytes that are not
        self.samples: list[bytes] = []
        self._carried = b""  # a run of high bytes at the end of a chunk; the next chunk has the rest
        self._line = 0  # the line of that run

    def add(self, chunk: bytes, first_line: int) -> None:
        """Look at the next `chunk` of the file, which starts in line `first_line` (from 1)."""
        if not self._line:
            self.has_mark = chunk.startswith(b"\xef\xbb\xbf")
        self._line = first_line + chunk.count(b"\n")
        chunk, self._carried = self._carried + chunk, b""
        if chunk.isascii():
            return
        if tail := re.search(rb"[\x80-\xff]+\Z", chunk[-LONGEST_RUN:]):
            chunk, self._carried = chunk[: -len(tail.group())], tail.group()
        self._look_at(chunk, first_line)

    def _look_at(self, chunk: bytes, first_line: int) -> None:
        line, counted_to = first_line, 0
        for run in HIGH_BYTES.finditer(chunk):
            line, counted_to = line + chunk.count(b"\n", counted_to, run.start()), run.start()
            try:
                run.group().decode("utf-8")
                self.utf8_line = self.utf8_line or line
            except UnicodeDecodeError:
                self.other_line = self.other_line or line
                if len(self.samples) < SAMPLES:
                    self.samples.append(chunk[max(0, run.start() - CONTEXT_BYTES) : run.end() + CONTEXT_BYTES])

    def encoding(self) -> str:
        """The codec to read the file with; raises UnreadableFile if no single one fits."""
        if self._carried:
            self._look_at(self._carried, self._line)
            self._carried = b""
        if not self.other_line:
            return "utf-8-sig" if self.has_mark else "utf-8"
        if self.utf8_line or self.has_mark:
            line, other = max(self.utf8_line, self.other_line), min(self.utf8_line, self.other_line)
            raise UnreadableFile(
                f"Line {line} is written in another encoding than line {max(other, 1)} "
                "(one is UTF-8, the other is not); save the whole file as UTF-8 and try again."
            )
        scores = {name: _score(self.samples, name) for name in ("windows-1252", "mac_roman")}
        if scores["windows-1252"] >= scores["mac_roman"]:
            return "windows-1252"
        if scores["mac_roman"] < LEAST_SCORE:  # it decodes every byte, so the result must also be plausible
            raise UnreadableFile(f"Line {self.other_line} holds bytes that are not text; save the file as UTF-8.")
        return "mac_roman"


def _score(samples: list[bytes], encoding: str) -> float:
    """How much the samples read like American and Spanish text: 1 if all does, -1 if nothing, -2 if undecodable."""
    try:
        texts = [sample.decode(encoding) for sample in samples]
    except UnicodeDecodeError:  # Windows-1252 leaves five bytes without a meaning
        return -2
    marks = [_plausible(text, at) for text in texts for at, letter in enumerate(text) if not letter.isascii()]
    return sum(marks) / len(marks)


def _plausible(text: str, at: int) -> int:
    letter, before, after = text[at], text[at - 1 : at], text[at + 1 : at + 2]
    if letter in "áéíóúüñçàèâêôöä":
        return 1 if before.isalpha() or after.isalpha() else -1
    if letter in "ÁÉÍÓÚÜÑÇ":  # inside a word in lower case a capital is a wrong guess
        return -1 if before.islower() or not after.isalpha() else 1
    if letter in "’‘":
        return 1 if re.match(r"(s|t|d|m|ll|re|ve)?(\W|$)", text[at + 1 :]) or before in "OD'" else -1
    if letter in "–—":
        return -1 if before.isalpha() and after.isalpha() else 1
    return 1 if letter in "“”®™°½§©•…\xa0" else -1
