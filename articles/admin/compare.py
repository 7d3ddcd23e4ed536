"""What differs between two revisions of an article: words removed and added, and formatting that changed, by name."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from html.parser import HTMLParser

from django.core.exceptions import ObjectDoesNotExist
from django.utils import formats, timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from articles import differences, markup
from articles.models.next_versions import OF_THE_ROW

AROUND = 8  # unchanged words that stay before and after a change
PHRASE = 12  # words of a passage that a sentence about its formatting quotes
PARAGRAPH_ENDS = ("¶", "\n")  # among the words
TEXTS = ("title", "slug", "summary")
VALUES = (
    *("language", "translation_of", "author", "reviewer", "last_reviewed_on", "review_due_on", "hero"),
    *("comments_open", "is_sample", "shown_unreviewed", "status", "publish_at", "unpublish_at", "replaced_by"),
    "trashed_at",
)
KINDS = {
    **{"p": "a paragraph", "h2": "a heading", "h3": "a smaller heading", "blockquote": "a quotation"},
    **{"aside": "a box", "figcaption": "a caption", "td": "a cell of a table", "th": "a heading of a table"},
}
LISTS = {"ul": "a point of a list", "ol": "a numbered point"}


def changes(before, after) -> list[tuple[str, SafeString]]:
    """(field, what was removed and added) of each field that differs; nothing for the first revision."""
    if before is None:
        return []
    found = [(name, words(getattr(before, name), getattr(after, name))) for name in TEXTS]
    # Of an article and its next version, what each has for itself is no difference.
    values = VALUES if before.id == after.id else [name for name in VALUES if name not in OF_THE_ROW]
    found += [(name.replace("_", " "), replaced(*_values(before, after, name))) for name in values]
    if before.topic_slugs != after.topic_slugs:
        found.append(("topics", replaced(", ".join(before.topic_slugs), ", ".join(after.topic_slugs))))
    if before.citations != after.citations:
        found.append(("citations", words(_citations(before), _citations(after))))
    found.append(("text", text_difference(before.body, after.body)))
    return [(name, difference) for name, difference in found if difference]


def value_change(before, after, name) -> SafeString:
    """What was replaced by what in one column of two revisions."""
    return replaced(*_values(before, after, name))


def _values(before, after, name) -> tuple[str, str]:
    """Two values in words; of a reference, what it leads to."""
    attribute = before._meta.get_field(name).attname
    if getattr(before, attribute) == getattr(after, attribute):
        return "", ""
    return _in_words(before, name), _in_words(after, name)


def _in_words(revision, name) -> str:
    try:
        value = getattr(revision, name)
    except ObjectDoesNotExist:
        return "one that was deleted since"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return moment(value) if isinstance(value, datetime) else str(value or "–")


def moment(when: datetime) -> str:
    """In the admin's time zone, which each page names once."""
    return formats.date_format(timezone.localtime(when), "M j, Y, H:i")


def _citations(revision) -> str:
    return "\n".join(f"{row['title']}, {row['publisher']} {row['url']}" for row in revision.citations)


def replaced(before: str, after: str) -> SafeString:
    return format_html("<del>{}</del> <ins>{}</ins>", before or "–", after or "–") if before != after else SafeString()


def words(before: str, after: str) -> SafeString:
    """The difference word by word; long unchanged passages are shortened."""
    return _marked(*(re.findall(r"\S+|\n", text) for text in (before, after)))


def _marked(old: list[str], new: list[str]) -> SafeString:
    parts = []
    for operation, start, end, new_start, new_end in _steps(old, new):
        if operation == "equal":
            parts.append(("span", _shortened(old[start:end])))
            continue
        if start < end:
            parts.append(("del", " ".join(old[start:end])))
        if new_start < new_end:
            parts.append(("ins", " ".join(new[new_start:new_end])))
    if not any(tag in ("del", "ins") for tag, _text in parts):
        return SafeString()
    return format_html_join(" ", "<{0}>{1}</{0}>", ((SafeString(tag), text) for tag, text in parts))


def _steps(old: list[str], new: list[str]) -> list[differences.Step]:
    return differences.steps(old, new, ends=PARAGRAPH_ENDS)


def _shortened(unchanged: list[str]) -> str:
    if len(unchanged) <= 2 * AROUND:
        return " ".join(unchanged)
    return " ".join([*unchanged[:AROUND], "…", *unchanged[-AROUND:]])


@dataclass(frozen=True)
class Token:
    """A word of the text with its formatting. A picture is a word too, and each part of the text ends in ¶."""

    word: str
    kind: str = ""  # of the part of the text that it stands in: see KINDS
    bold: bool = False
    italic: bool = False
    link: str = ""  # where it leads; of a picture, its file


class _Reader(HTMLParser):
    """Reads the markup of an article into tokens."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tokens: list[Token] = []
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag, attributes):
        values = {name: value or "" for name, value in attributes}
        if tag == "img":
            self._add(f"[picture: {values.get('alt', '')}]", link=values.get("src", ""))
        elif tag in markup.BLOCKS:
            self._add(f"[{tag}: {values.get(markup.BLOCKS[tag], '')}]")
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag not in markup.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in KINDS or tag == "li":
            self._end_part()
        if tag == "a" and self.links:
            self.links.pop()
        if tag in self.open:
            del self.open[len(self.open) - 1 - self.open[::-1].index(tag) :]

    def handle_data(self, data):
        for word in data.split():
            self._add(word)

    def _add(self, word: str, link: str = "") -> None:
        link = link or (self.links[-1] if self.links else "")
        self.tokens.append(Token(word, self._kind(), "strong" in self.open, "em" in self.open, link))

    def _end_part(self) -> None:
        if self.tokens and self.tokens[-1].word != "¶":  # not again for the point around a paragraph
            self.tokens.append(Token("¶"))

    def _kind(self) -> str:
        if "li" in self.open:
            lists = [tag for tag in self.open if tag in LISTS]
            return LISTS[lists[-1]] if lists else LISTS["ul"]
        around = [tag for tag in self.open if tag in KINDS]
        # A paragraph in a box or a quotation is known by what stands around it.
        return KINDS[next((tag for tag in around if tag != "p"), "p")]


def tokens_of(html: str) -> list[Token]:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.tokens


def text_difference(before: str, after: str) -> SafeString:
    """Words, then a list of the formatting that changed where the words did not."""
    if before == after:
        return SafeString()
    old, new = tokens_of(before), tokens_of(after)
    difference = _marked([token.word for token in old], [token.word for token in new])
    if sentences := list(dict.fromkeys(formatting(old, new))):
        points = format_html_join("", "<li>{}</li>", ((sentence,) for sentence in sentences))
        difference = format_html('{}<ul class="formatting">{}</ul>', difference, points)
    return difference or SafeString("Only the code behind the text; it reads and looks the same.")


def formatting(old: list[Token], new: list[Token]) -> Iterable[str]:
    """A sentence about each passage whose words stayed and whose formatting did not."""
    pairs: list[tuple[Token, Token] | None] = []
    for operation, start, end, new_start, new_end in _steps([each.word for each in old], [each.word for each in new]):
        equal = zip(old[start:end], new[new_start:new_end], strict=True) if operation == "equal" else ()
        pairs += [*equal, None]  # a passage ends where words changed
    for describe in (_kind_change, _bold_change, _italic_change, _link_change):
        yield from _passages(pairs, describe)


def _passages(pairs, describe) -> Iterable[str]:
    """`describe` of each run of words that changed in the same way."""
    run: list[str] = []
    current = ""
    for pair in [*pairs, None]:
        is_end = pair is not None and pair[0].word == "¶"
        sentence = "" if pair is None or is_end else describe(*pair)
        if run and sentence != current:
            yield current.format(f"“{_quoted(run)}”")
            run = []
        current = sentence
        if sentence and pair is not None:
            run.append(pair[0].word)


def _quoted(run: list[str]) -> str:
    return " ".join(run[:PHRASE]) + (" …" if len(run) > PHRASE else "")


def _kind_change(old: Token, new: Token) -> str:
    return "" if old.kind == new.kind else f"{{}} is now {new.kind}; it was {old.kind}."


def _bold_change(old: Token, new: Token) -> str:
    return "" if old.bold == new.bold else f"{{}} is {'now' if new.bold else 'no longer'} bold."


def _italic_change(old: Token, new: Token) -> str:
    return "" if old.italic == new.italic else f"{{}} is {'now' if new.italic else 'no longer'} italic."


def _link_change(old: Token, new: Token) -> str:
    if old.link == new.link:
        return ""
    before, after = (link.replace("{", "{{").replace("}", "}}") for link in (old.link, new.link))
    if new.word.startswith("[picture:"):
        return "{} shows another file."
    if not new.link:
        return f"{{}} no longer leads to {before}."
    return f"{{}} now leads to {after}" + (f"; it led to {before}." if old.link else ".")
