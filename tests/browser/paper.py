"""What a page is on paper: the runs of text of its PDF, each with its sheet and its colour."""

import io
import re
from typing import NamedTuple

from pypdf import PdfReader

BLACK = (0.0, 0.0, 0.0)
NUMBER = re.compile(r"\b(?:1-)?\d{3}-\d{3}-\d{4}\b|\b911\b|\b988\b")


class Run(NamedTuple):
    """A run of text on paper."""

    page: int  # from 1
    text: str
    colour: tuple[float, ...]  # red, green, blue, from 0 to 1
    opacity: float


def runs_of(pdf: bytes) -> list[Run]:
    pages = enumerate(PdfReader(io.BytesIO(pdf)).pages, start=1)
    return [run for number, page in pages for run in runs_on(page, number)]


def runs_on(page, number: int) -> list[Run]:
    """The text of a page of a PDF, with the colour and the opacity that its operators set before."""
    looks = page["/Resources"].get("/ExtGState", {})
    saved: list[tuple] = [(BLACK, 1.0)]  # the last one is that of now
    found: list[Run] = []

    def before(operator, operands, _matrix, _text_matrix):
        colour, opacity = saved[-1]
        if operator == b"q":
            saved.append(saved[-1])
        elif operator == b"Q":
            saved.pop()
        elif operator == b"rg":
            saved[-1] = tuple(map(float, operands)), opacity
        elif operator == b"gs":
            saved[-1] = colour, float(looks[operands[0]].get_object().get("/ca", opacity))
        elif operator in (b"g", b"k", b"sc", b"scn"):
            raise ValueError(f"Chromium colours text by {operator!r} now: read it here")

    def text(written, _matrix, _text_matrix, _font, _size):
        if written.strip():
            found.append(Run(number, written, *saved[-1]))

    page.extract_text(visitor_operand_before=before, visitor_text=text)
    return found


def pages_of(runs: list[Run]) -> int:
    return max(run.page for run in runs)


def numbers_of(runs: list[Run]) -> list[tuple[int, str]]:
    """(page, number) of each telephone number; fails if one of them is not black."""
    numbers = [(run, number) for run in runs for number in NUMBER.findall(run.text)]
    assert {(run.text, run.colour, run.opacity) for run, _number in numbers if run[2:] != (BLACK, 1.0)} == set()
    return [(run.page, number) for run, number in numbers]
