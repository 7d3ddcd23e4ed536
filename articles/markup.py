"""The HTML of articles: one allow-list for saving and showing, and what a page makes of it."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote

import nh3
from django.utils.safestring import SafeString, mark_safe

from articles import links
from articles.tables import PARTS, TableWriter
from clinics.presets import PRESETS_BY_SLUG
from clinics.rules import rules_html
from core.images import NAME, small_size

PICTURES = "/pictures/"
BLOCK, RULE_BLOCK = "directory-block", "rule-block"
BLOCKS = {BLOCK: "preset", RULE_BLOCK: "rule"}  # each with the attribute that says what it shows
VOID = {"br", "img"}
SPANS = {"colspan", "rowspan"}
ATTRIBUTES = {
    **{"a": {"href"}, "img": {"src", "alt"}, "td": SPANS, "th": SPANS},
    **{block: {attribute} for block, attribute in BLOCKS.items()},
}
TAGS = {
    *("p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "br"),
    *("blockquote", "aside", "figure", "figcaption", "img", *BLOCKS),
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto", "tel"}
# The elements of other programs for the same thing.
RENAMED = {"b": "strong", "i": "em", "h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "div": "p", "section": "p"}
# In the style of an element. Not "mso-bidi-font-weight:normal", which Word writes on what is bold.
BOLD = re.compile(r"(?<![\w-])font-weight\s*:\s*(?:bold|[6-9]00)", re.IGNORECASE)
NOT_BOLD = re.compile(r"(?<![\w-])font-weight\s*:\s*(?:normal|400)", re.IGNORECASE)
ITALIC = re.compile(r"(?<![\w-])font-style\s*:\s*italic", re.IGNORECASE)
STRUCK = re.compile(r"(?<![\w-])text-decoration(?:-line)?\s*:[^;]*line-through", re.IGNORECASE)
# Dropped with their content; of all other elements the text is kept. Words that were struck out are not said.
SILENT = {"script", "style", "title", "template", "noscript"}
STRUCK_OUT = {"del", "s", "strike"}
DROPPED = {
    *("svg", "math", "iframe", "object", "textarea", "select", "button", "xmp", "noembed", "noframes"),
    *("video", "audio", "canvas", *SILENT, *STRUCK_OUT),
}
CARRIES_THE_PLACE = re.compile(r"/(es/)?(find|articles)/[^?#]*")  # a link of a text, to pages that ask for one
BLOCK_OF = re.compile(rf'<{BLOCK} preset="([^"]*)"')
RULE_OF = re.compile(rf'<{RULE_BLOCK} rule="([^"]*)"')
RULE_KEY = re.compile(r"[a-z0-9-]{1,50}")
EMPTY = re.compile(
    r"<(p|strong|em|h2|h3|li|ul|ol|blockquote|aside|figure|figcaption|caption|tr|tbody|thead|table)>"
    r"(?:\s|&nbsp;|\xa0|<br>)*</\1>"
)


def for_editor() -> dict:
    """The rules above for the editor (static/admin-extra/article-editor/paste.js), so that it has none of its own."""
    patterns = {"bold": BOLD, "notBold": NOT_BOLD, "italic": ITALIC, "struck": STRUCK}
    return {
        **{name: pattern.pattern for name, pattern in patterns.items()},
        "picture": PICTURES + NAME.pattern.replace("?P<", "?<"),  # as JavaScript names a group
        "tags": sorted(TAGS),
        "renamed": RENAMED,
        "dropped": sorted(DROPPED),
        "struckOut": sorted(STRUCK_OUT),
        "schemes": sorted(SCHEMES),
    }


def _allowed(tag: str, attribute: str, value: str) -> str | None:
    """The value of an attribute as it is kept; None drops it."""
    if tag == "img" and attribute == "src":
        path = value.strip()
        return path if path.startswith(PICTURES) and NAME.fullmatch(path.removeprefix(PICTURES)) else None
    if tag == "a" and attribute == "href":
        return links.kept(value)
    if tag == BLOCK and attribute == "preset":
        return value if value in PRESETS_BY_SLUG else None
    if tag == RULE_BLOCK and attribute == "rule":
        return value if RULE_KEY.fullmatch(value) else None
    if attribute in SPANS:
        return value if re.fullmatch(r"[2-9]|1[0-9]", value) else None
    return value


CLEANER = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    attribute_filter=_allowed,
    url_schemes=SCHEMES,
    link_rel=None,
    strip_comments=True,
    clean_content_tags=DROPPED,
)


def clean(html: str) -> str:
    """The same text in the markup that articles may have; everything else is removed.

    Handles what Word and Google Docs put on the clipboard. Cleaning clean text changes nothing.
    """
    html = CLEANER.clean(_Renaming.of(html.replace("\0", "")))
    html = CLEANER.clean(_WithoutStubs.of(html))
    while html != (shorter := EMPTY.sub("", html)):
        html = shorter
    return html.strip()


class _Writer(HTMLParser):
    """Reads HTML and writes it again, token by token, with everything escaped anew."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []

    @classmethod
    def of(cls, html: str, *args) -> str:
        writer = cls(*args)
        writer.feed(html)
        writer.close()
        return "".join(writer.out)

    def write_start(self, tag: str, attributes) -> None:
        text = "".join(f' {name}="{escape(value or "")}"' for name, value in attributes)
        self.out.append(f"<{tag}{text}>")

    def handle_starttag(self, tag, attributes):
        self.write_start(tag, attributes)

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.out.append(f"</{tag}>")

    def handle_data(self, data):
        self.out.append(escape(data, quote=False))


class _Renaming(_Writer):
    """Replaces the elements of other programs by ours. Makes nothing safe: the cleaner does that afterwards."""

    def __init__(self):
        super().__init__()
        # By their tag, what stands for each that is open: a tag that closes none must not search the others.
        self.open: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)

    def handle_starttag(self, tag, attributes):
        style = next((value or "" for name, value in attributes if name == "style"), "")
        ours = _ours(tag, style)
        if tag not in VOID:
            self.open[tag].append(ours)
        kept = [pair for pair in attributes if re.fullmatch(r"[a-z][a-z0-9:_-]*", pair[0])]
        self.write_start(ours[0] if re.fullmatch(r"[a-z][a-z0-9:_-]*", ours[0]) else "span", kept)
        for inner in ours[1:]:
            self.write_start(inner, [])

    def handle_endtag(self, tag):
        if self.open[tag]:
            for each in reversed(self.open[tag].pop()):
                super().handle_endtag(each)


def _ours(tag: str, style: str) -> tuple[str, ...]:
    """The elements that stand for one of another program, the outer one first."""
    if tag in ("b", "strong") and NOT_BOLD.search(style):  # Google Docs wraps everything in one of these
        return ("span",)
    if tag == "span":
        kinds = (("del", STRUCK), ("strong", BOLD), ("em", ITALIC))
        return tuple(name for name, pattern in kinds if pattern.search(style)) or ("span",)
    return (RENAMED.get(tag, tag),)


class _WithoutStubs(_Writer):
    """Drops pictures without an address and blocks that show nothing."""

    def __init__(self):
        super().__init__()
        self.dropping = False

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag == "img" and not names.get("src"):
            return
        if tag in BLOCKS:
            self.dropping = not names.get(BLOCKS[tag])
            if self.dropping:
                return
        super().handle_starttag(tag, attributes)

    def handle_endtag(self, tag):
        if tag in BLOCKS and self.dropping:
            self.dropping = False
            return
        super().handle_endtag(tag)


@dataclass
class Page:
    """The text of an article as a page shows it."""

    html: SafeString
    headings: list[tuple[str, str]] = field(default_factory=list)  # (id, words) of each h2
    presets: list[str] = field(default_factory=list)  # of the blocks inside the text


def page_of(body: str, block: Callable[[str, int], str] = lambda preset, number: "", near: str = "") -> Page:
    """The text with addresses for its headings, sizes for its pictures, and its blocks.

    `block(preset, number)` gives the safe HTML of a directory block; `near` is the reader's place, for its links.
    """
    writer = _PageWriter(block, near)
    writer.feed(clean(body))
    writer.close()
    html = mark_safe("".join(writer.out))  # noqa: S308 - cleaned in the line above, and escaped anew when written
    return Page(html, [(name, words.strip()) for name, words in writer.headings], writer.presets)


def presets_of(body: str) -> list[str]:
    """Of the blocks inside a text as it was saved, in their order."""
    return [slug for slug in BLOCK_OF.findall(body) if slug in PRESETS_BY_SLUG]


def rules_of(body: str) -> list[str]:
    """The keys of the rules that a text embeds."""
    return RULE_OF.findall(body)


class _PageWriter(_Writer):
    def __init__(self, block, near):
        super().__init__()
        self.block, self.near = block, near
        self.headings: list[tuple[str, str]] = []
        self.presets: list[str] = []
        self.in_heading = False
        self.tables = TableWriter(self.out)

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        if tag == "h2":
            self.in_heading = True
            name = f"part-{len(self.headings) + 1}"
            self.headings.append((name, ""))
            return self.write_start(tag, [("id", name)])
        if tag == "aside":  # a call-out belongs to its text, and is no landmark of the page
            return self.write_start("div", [("class", "callout"), ("role", "note")])
        if tag == BLOCK:
            self.presets.append(names["preset"])
            self.out.append(self.block(names["preset"], len(self.presets)))
            return None
        if tag == RULE_BLOCK:
            self.out.append(rules_html(names["rule"], state=None))
            return None
        if tag in PARTS:
            return self.tables.start(tag, attributes)
        if tag == "img":
            return self.write_start(tag, picture_attributes(names["src"], names.get("alt") or ""))
        if self.near and tag == "a" and CARRIES_THE_PLACE.fullmatch(names.get("href") or ""):
            return self.write_start(tag, [("href", f"{names['href']}?near={quote(self.near, safe='')}")])
        return self.write_start(tag, attributes)

    def handle_endtag(self, tag):
        self.in_heading = self.in_heading and tag != "h2"
        if tag in PARTS:
            self.tables.end(tag)
        elif tag not in BLOCKS:
            super().handle_endtag("div" if tag == "aside" else tag)

    def handle_data(self, data):
        if self.in_heading:
            name, words = self.headings[-1]
            self.headings[-1] = (name, words + data)
        self.tables.words(data)
        super().handle_data(data)


def picture_attributes(src: str, alt: str) -> list[tuple[str, str]]:
    """Both sizes of a picture of ours; its name states its dimensions, so no table is read."""
    name = src.removeprefix(PICTURES)
    known = NAME.fullmatch(name)
    if known is None:
        raise ValueError(f"{src} is no picture of this site.")
    width, height = map(int, known.groups())
    small = small_size(width, height)
    small_src = f"{PICTURES}{name.split('-')[0]}-{small[0]}x{small[1]}.jpg"
    return [
        ("src", src),
        ("srcset", f"{small_src} {small[0]}w, {src} {width}w"),
        ("sizes", "(min-width: 46rem) 44rem, 100vw"),
        ("width", str(width)),
        ("height", str(height)),
        ("alt", alt),
        ("loading", "lazy"),
        ("decoding", "async"),
    ]


class _TextReader(HTMLParser):
    """Collects what the checks look at: the words of each paragraph, the pictures, the links."""

    BREAKS = {"p", "h2", "h3", "li", "blockquote", "aside", "figure", "figcaption", "br", *BLOCKS, *PARTS}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.paragraphs: list[str] = [""]
        self.pictures: list[str] = []  # alternative texts
        self.links: list[list[str]] = []  # [address, words]
        self.in_link = False
        self.in_cells: set[int] = set()  # the numbers of the paragraphs that stand in a table
        self.tables = 0  # open ones

    def handle_starttag(self, tag, attributes):
        names = dict(attributes)
        self.tables += tag == "table"
        if tag in self.BREAKS:
            self._begin_paragraph()
        if tag == "img":
            self.pictures.append(names.get("alt") or "")
            if self.in_link:
                self.links[-1][1] += names.get("alt") or ""
        if tag == "a":
            self.in_link = True
            self.links.append([names.get("href") or "", ""])

    def handle_endtag(self, tag):
        if tag == "a":
            self.in_link = False
        self.tables -= tag == "table"
        if tag in self.BREAKS:
            self._begin_paragraph()

    def _begin_paragraph(self):
        if self.tables:
            self.in_cells.add(len(self.paragraphs))
        self.paragraphs.append("")

    def handle_data(self, data):
        self.paragraphs[-1] += data
        if self.in_link:
            self.links[-1][1] += data


def _parts_of(html: str) -> _TextReader:
    reader = _TextReader()
    reader.feed(clean(html))
    reader.close()
    return reader


def paragraphs_of(html: str, tables: bool = True) -> list[str]:
    """The words of each paragraph, heading, list item and, with `tables`, each cell."""
    parts = _parts_of(html)
    texts = [each for number, each in enumerate(parts.paragraphs) if tables or number not in parts.in_cells]
    return [text for text in (" ".join(each.split()) for each in texts) if text]


def text_of(html: str) -> str:
    return "\n".join(paragraphs_of(html))


def alts_of(html: str) -> list[str]:
    """The alternative texts of the pictures, in their order."""
    return _parts_of(html).pictures


def pictures_without_alt(html: str) -> int:
    return sum(not alt.strip() for alt in alts_of(html))


def links_of(html: str) -> list[tuple[str, str]]:
    """(address, words) of each link."""
    return [(address.strip(), " ".join(words.split())) for address, words in _parts_of(html).links]


def empty_links(html: str) -> list[str]:
    """The words of each link that leads nowhere, or "" for one that has none."""
    return [words for address, words in links_of(html) if address in ("", "#") or not words]
