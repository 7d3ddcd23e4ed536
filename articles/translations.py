"""A text and its translation, paragraph by paragraph: the parts of the markup, and which of them correspond."""

import hashlib
import re
from collections import Counter, defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import nh3

from articles import differences, markup

INLINE = {"strong", "em", "a", "br"}
PLAIN = {"alt", "title", "summary"}  # words without any markup
ALIKE = 0.5  # of 1: two paragraphs with so much in common are one that was changed
MOST_COMPARED = 2_000  # pairs of paragraphs of one passage that was replaced
SITE_LINK = re.compile(r'(<a href=")(/(?!/)[^"]*)"')
OWN_ADDRESSES = ("/admin/", "/pictures/")  # the same in every language
TAG = re.compile(r"<[^>]*>")
# The editor writes an item or a cell with a paragraph in it, others without: that is the same text.
LONE_PARAGRAPH = re.compile(
    r"(<(?:li|td|th)>)<p>((?:(?!</?(?:p|li|ul|ol)>).)*)</p>(?=</(?:li|td|th)>|<[uo]l>)", re.DOTALL
)
PARAGRAPH_END = re.compile(r"</(p|h2|h3|li|div)>")
CLEANER = nh3.Cleaner(
    tags=INLINE | {"img"},
    attributes={"a": {"href"}, "img": {"src", "alt"}},
    url_schemes=markup.SCHEMES,
    link_rel=None,
)


@dataclass(frozen=True)
class Words:
    """What is translated at once: the words of a paragraph, an item, a cell, or of a picture's alternative text."""

    kind: str  # the element that they stand in, or "alt", "title", "summary"
    html: str  # with bold, italic and links; plain text of the kinds in PLAIN

    @property
    def is_plain(self) -> bool:
        return self.kind in PLAIN


@dataclass(frozen=True)
class Part:
    """One block of a text. `fixed` is the markup before, between and after its `words`: one more than of these."""

    fixed: tuple[str, ...]
    words: tuple[Words, ...] = ()

    @property
    def html(self) -> str:
        out = [self.fixed[0]]
        for words, after in zip(self.words, self.fixed[1:], strict=True):
            out += [escape(words.html) if words.is_plain else words.html, after]
        return "".join(out)

    @property
    def key(self) -> str:
        return hashlib.sha256(self.html.encode()).hexdigest()[:12]

    @property
    def tag(self) -> str:
        found = re.match(r"<([\w-]+)", self.fixed[0])
        return found[1] if found else ""

    @property
    def shape(self) -> tuple:
        """What it shares with its translation: everything but the words."""
        return self.fixed, tuple(words.kind for words in self.words)

    @property
    def texts(self) -> list[str]:
        return [words.html for words in self.words]

    def saying(self, texts: Sequence[str]) -> "Part":
        """The same block with other words."""
        pairs = zip(self.words, texts, strict=True)
        return Part(self.fixed, tuple(Words(words.kind, text) for words, text in pairs))


def plain_part(kind: str, text: str) -> Part:
    """A title or a summary."""
    return Part(("", ""), (Words(kind, text),))


def parts_of(body: str) -> list[Part]:
    """The blocks of a text, in their order."""
    reader = _Parts()
    reader.feed(LONE_PARAGRAPH.sub(r"\1\2", markup.clean(body)))
    reader.close()
    reader.end_part()
    return reader.parts


def part_of(html: str) -> Part:
    """One block, as `Part.html` gave it."""
    parts = parts_of(html)
    return parts[0] if parts else Part(("",))


class _Parts(markup._Writer):
    """Divides clean HTML: elements of a line stay with their words, all others are fixed markup."""

    def __init__(self):
        super().__init__()
        self.parts: list[Part] = []
        self.open: list[str] = []  # elements that are not of a line
        self.in_line = 0  # open elements of a line
        self.fixed: list[str] = [""]
        self.words: list[Words] = []

    def handle_starttag(self, tag, attributes):
        if tag in INLINE or (tag == "img" and self.in_line):
            self.in_line += tag not in markup.VOID
            return super().handle_starttag(tag, attributes)
        self.end_words()
        if not self.open and tag != "img":
            self.end_part()
        if tag == "img":
            return self._picture(dict(attributes))
        super().handle_starttag(tag, attributes)
        self._fix()
        self.open.append(tag)
        return None

    def handle_endtag(self, tag):
        if tag in INLINE:
            self.in_line -= tag not in markup.VOID
            return super().handle_endtag(tag)
        self.end_words()
        super().handle_endtag(tag)
        self._fix()
        self.open.pop()
        if not self.open:
            self.end_part()
        return None

    def _picture(self, attributes) -> None:
        self.fixed[-1] += f'<img src="{escape(attributes["src"])}" alt="'
        self.words.append(Words("alt", attributes.get("alt") or ""))
        self.fixed.append('">')

    def _fix(self) -> None:
        self.fixed[-1] += "".join(self.out)
        self.out = []

    def end_words(self) -> None:
        html = "".join(self.out).strip()
        self.out = []
        if html:
            self.words.append(Words(self.open[-1] if self.open else "p", html))
            self.fixed.append("")

    def end_part(self) -> None:
        self.end_words()
        if self.words or self.fixed[0]:
            self.parts.append(Part(tuple(self.fixed), tuple(self.words)))
        self.fixed, self.words = [""], []


def clean_words(html: str, kind: str) -> str:
    """What somebody typed for one `Words`: its bold, italic and links, or its bare text."""
    if kind in PLAIN:
        return " ".join(html.split())
    in_one_line = PARAGRAPH_END.sub(r" </\1>", html)
    return CLEANER.clean(markup.clean(in_one_line)).replace("&nbsp;", " ").strip()


def in_language(html: str, language: str) -> str:
    """The same text with its links to this site leading to the pages in that language."""

    def moved(found: re.Match) -> str:
        path = found[2].removeprefix("/es") if found[2].startswith("/es/") else found[2]
        is_moved = language == "es" and not path.startswith(OWN_ADDRESSES)
        return f'{found[1]}{"/es" * is_moved}{path}"'

    return SITE_LINK.sub(moved, html)


def align(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """{place in `new`: its place in `old`}: the same texts first, wherever they stand, then changed ones."""
    found: dict[int, int] = {}
    replaced = []
    for operation, start, end, new_start, new_end in differences.steps(old, new):
        if operation == "equal":
            found |= dict(zip(range(new_start, new_end), range(start, end), strict=True))
        elif operation == "replace":
            replaced.append((range(start, end), range(new_start, new_end)))
    used, elsewhere = set(found.values()), defaultdict[str, deque[int]](deque)
    for at, text in enumerate(old):
        if at not in used:
            elsewhere[text].append(at)
    for place, text in enumerate(new):
        if place not in found and elsewhere[text]:
            found[place] = elsewhere[text].popleft()
    used = set(found.values())
    for were, are in replaced:
        rest_old = [at for at in were if at not in used]
        rest_new = [place for place in are if place not in found]
        found |= _changed(rest_old, rest_new, old, new)
    return found


def _changed(were: list[int], are: list[int], old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Of a passage that was replaced: as many as before are the same ones; else those that are alike, in order."""
    if len(were) == len(are):
        return {place: at for at, place in zip(were, are, strict=True) if _tag(old[at]) == _tag(new[place])}
    found: dict[int, int] = {}
    words = {at: _word_counts(old[at]) for at in were}
    ahead = max(1, MOST_COMPARED // max(1, len(are)))  # how many each is compared with
    first = 0  # in `were`, of those behind the last that was found
    for place in are:
        is_now = _word_counts(new[place])
        near = [at for at in were[first : first + ahead] if _tag(old[at]) == _tag(new[place])]
        best, at = max(((_likeness(words[at], is_now), -at) for at in near), default=(0.0, 0))
        if best >= ALIKE:
            found[place] = -at
            first = were.index(-at, first) + 1
    return found


def _word_counts(html: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", TAG.sub(" ", html)))


def _likeness(one: Counter[str], other: Counter[str]) -> float:
    """How many of the words of both are in both, of 1. Their order does not count: looking for it is dear."""
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def _tag(html: str) -> str:
    return html.partition(">")[0].partition(" ")[0] if html.startswith("<") else ""
