"""Tables of articles as a page shows them: each scrolls in its own box, and its header cells say what they head."""

from dataclasses import dataclass, field
from html import escape

from django.utils.translation import gettext

PARTS = {"table", "caption", "thead", "tbody", "tr", "th", "td"}


@dataclass
class _Table:
    place: int  # in `out`, of the box around it
    caption: str = ""
    in_caption: bool = False
    headers: list[tuple[int, str]] = field(default_factory=list)  # of the open row: (place in `out`, attributes)
    only_headers: bool = True  # of the open row, so far


class TableWriter:
    """Writes the elements of tables to `out`, the HTML of a page. What comes in is clean (articles/markup.py)."""

    def __init__(self, out: list[str]):
        self.out = out
        self.count = 0
        self.open: list[_Table] = []

    def start(self, tag: str, attributes) -> None:
        text = "".join(f' {name}="{escape(value or "")}"' for name, value in attributes)
        if tag == "table":
            self.count += 1
            self.open.append(_Table(len(self.out)))
            self.out.append("")  # the box, once the caption is known
        elif self.open:
            self._note(self.open[-1], tag, text)
        self.out.append(f"<{tag}{text}>")

    def _note(self, table: _Table, tag: str, attributes: str) -> None:
        if tag == "caption":
            table.in_caption = True
        elif tag == "tr":
            table.headers, table.only_headers = [], True
        elif tag == "th":
            table.headers.append((len(self.out), attributes))
        elif tag == "td":
            table.only_headers = False

    def words(self, text: str) -> None:
        if self.open and self.open[-1].in_caption:
            self.open[-1].caption += text

    def end(self, tag: str) -> None:
        self.out.append(f"</{tag}>")
        if not self.open:
            return
        table = self.open[-1]
        if tag == "caption":
            table.in_caption = False
        elif tag == "tr":  # a row of nothing but headers heads its columns; any other header heads its row
            scope = "col" if table.only_headers else "row"
            for place, attributes in table.headers:
                self.out[place] = f'<th scope="{scope}"{attributes}>'
        elif tag == "table":
            self.open.pop()
            label = " ".join(table.caption.split()) or gettext("Table %(number)s") % {"number": self.count}
            self.out[table.place] = f'<div class="table-box" role="region" tabindex="0" aria-label="{escape(label)}">'
            self.out.append("</div>")
