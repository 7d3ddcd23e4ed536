"""What a reader sees of a list of clinics, read out of a page: its rows and its chips, in their order."""

import re
from dataclasses import dataclass
from html import unescape

ROW = re.compile(r'<article class="row[ "].*?</article>', re.DOTALL)
NAME = re.compile(r'<h(?P<level>\d) class="row-name">(?P<inner>.*?)</h\d>', re.DOTALL)
NUMBER = re.compile(r'class="row-number">(\d+)<')  # of a row, or of a place with its programs
CHIP = re.compile(r'<li><a(?P<on> class="on")? href="(?P<href>[^"]*)"[^>]*>(?P<inner>.*?)</a></li>', re.DOTALL)


@dataclass(frozen=True)
class Row:
    """One clinic. Texts are without markup, "" where the row has none."""

    html: str

    @property
    def level(self) -> int:
        """Of its heading."""
        return int(NAME.search(self.html)["level"])

    @property
    def name(self) -> str:
        """With what tells its site apart, without its number."""
        return without_markup(re.sub(r'<span class="row-number">.*?</span>', "", NAME.search(self.html)["inner"]))

    @property
    def address(self) -> str:
        return unescape(re.search(r'href="([^"]*)"', NAME.search(self.html)["inner"])[1])

    @property
    def number(self) -> str:
        return (NUMBER.search(self.html) or ["", ""])[1]

    @property
    def place(self) -> str:
        return self._paragraph("row-place")

    @property
    def facts(self) -> str:
        return self._paragraph("row-facts")

    @property
    def call(self) -> str:
        """What the button says."""
        return self._paragraph("row-call")

    @property
    def phone(self) -> str:
        """What the button dials: "tel:+14105550100"."""
        return (re.search(r'class="call" href="([^"]*)"', self.html) or ["", ""])[1]

    @property
    def is_quiet(self) -> bool:
        return self.html.startswith('<article class="row is-quiet"')

    @property
    def more(self) -> str:
        """What it folds away."""
        return without_markup(self.html.partition('<div class="row-more">')[2])

    @property
    def text(self) -> str:
        return without_markup(self.html)

    def _paragraph(self, name: str) -> str:
        found = re.search(rf'<p class="{name}[^"]*">(.*?)</p>', self.html, re.DOTALL)
        return without_markup(found[1]) if found else ""


@dataclass(frozen=True)
class Chip:
    text: str
    address: str
    is_on: bool


def rows_of(page: str) -> list[Row]:
    return [Row(html) for html in ROW.findall(page)]


def row_of(page: str, name: str) -> Row:
    [row] = [row for row in rows_of(page) if row.name == name]
    return row


def numbers_of(page: str) -> list[str]:
    """The numbers of a list, by which its entries are found on the map."""
    return NUMBER.findall(page)


def chips_of(page: str) -> list[Chip]:
    found = []
    for chip in CHIP.finditer(page):
        inner = re.sub(r'<span (class="visually-hidden"|aria-hidden="true")>.*?</span>', "", chip["inner"])
        found.append(Chip(without_markup(inner), unescape(chip["href"]), bool(chip["on"])))
    return found


def chip_of(page: str, text: str) -> Chip:
    [chip] = [chip for chip in chips_of(page) if chip.text == text]
    return chip


def without_markup(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", "", html)).split())
