"""What cleaning would take from a text that somebody sent: it is said, and what is worth something is not lost."""

from collections import Counter
from html.parser import HTMLParser

from articles import links
from articles.markup import BLOCKS, DROPPED, PICTURES, SILENT, STRUCK_OUT

LONGEST_SAID = 80  # characters of an address or of words
# Elements without words that show something.
EMBEDDED = {"iframe": "embedded page", "object": "embedded page", "video": "video", "audio": "sound", "svg": "drawing"}


class _Contents(HTMLParser):
    """Counts the things of a text: (kind, what it is)."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found: Counter[tuple[str, str]] = Counter()
        self.silent: list[str] = []  # elements that say nothing to a reader, in their order
        self.dropped_in: list[str] = []  # open elements that are dropped with their content
        self.tables: list[bool] = []  # of each open table whether it has a cell

    def handle_starttag(self, tag, attributes):
        names = {name: (value or "").strip() for name, value in attributes}
        if tag in DROPPED:
            self.dropped_in.append(tag)
        if tag in SILENT and tag not in self.silent:
            self.silent.append(tag)
        if tag == "img":
            self.found["picture", names.get("src", "")] += 1
        elif tag in EMBEDDED:
            self.found["embedded", EMBEDDED[tag]] += 1
        elif tag in BLOCKS:
            self.found["block", names.get(BLOCKS[tag], "")] += 1
        elif tag == "a" and names.get("href"):
            self.found["link", links.kept(names["href"])] += 1  # saving completes "www.samhsa.gov"
        elif tag == "table":
            self.tables.append(False)
        elif tag in ("td", "th") and self.tables and not self.tables[-1]:
            self.tables[-1] = True
            self.found["table", ""] += 1

    def handle_endtag(self, tag):
        if tag == "table" and self.tables:
            self.tables.pop()
        if tag in self.dropped_in:
            while self.dropped_in.pop() != tag:
                pass

    def handle_data(self, data):
        words = " ".join(data.split())
        if words and self.dropped_in and not SILENT & set(self.dropped_in):
            self.found["struck out" if STRUCK_OUT & set(self.dropped_in) else "words", words] += 1


def _contents(html: str) -> _Contents:
    reader = _Contents()
    reader.feed(html)
    reader.close()
    return reader


def lost(before: str, after: str) -> list[str]:
    """A sentence for each picture, block, table, link and passage of one text that the other has not."""
    missing = _contents(before).found - _contents(after).found
    return [_sentence(kind, what[:LONGEST_SAID]) for kind, what in missing]


def _sentence(kind: str, what: str) -> str:
    if kind == "picture":
        if not what:
            return "A picture has no file: insert it again."
        if what.startswith(PICTURES):
            return f"This site has no picture {what}: insert it again."
        where = "inside the pasted text" if what.startswith("data:") else f"at {what}"
        return f"The picture {where} is not on this site: insert it with “Picture”."
    return {
        "block": f"This site has no block “{what}”: insert it again.",
        "link": f"The link to “{what}” cannot be kept: a link leads to a page, a phone or an e-mail address.",
        "table": "A table cannot be kept where it stands.",
        "embedded": f"The text has one {what}, which an article cannot show: link to it.",
        "struck out": f"The words “{what}” are struck out, which an article cannot show: delete or keep them.",
        "words": f"The words “{what}” stand in a form or in an embedded page, which an article cannot show.",
    }[kind]


def left_out(html: str) -> list[str]:
    """The elements of a text that say nothing to a reader and are left out, such as "script"."""
    return _contents(html).silent
