"""An original and its translation, row by row: what each row needs, and what is kept once somebody has seen to it.

Nothing here reads or writes the database: models/translations.py does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import unescape

from articles.translations import Part, align, in_language, part_of, parts_of, plain_part

TITLES = ("title", "summary")
NEW = "new"  # not translated yet: a draft still has the original's words
ADDED = "added"
CHANGED = "changed"
MOVED = "moved"
REMOVED = "removed"
OWN = "own"  # only the translation has it
SAME = "same"
BEHIND = {ADDED, CHANGED, MOVED, REMOVED}


@dataclass
class Pair:
    """A block of the original and its translation, as they stood when somebody last said that they agree."""

    id: str
    original: str  # HTML; "" while nobody has translated it
    translated: str  # HTML of the block in the translation; "" if it was left out
    words_of: str  # HTML of the block of the original that `words` follow
    words: list[str] = field(
        default_factory=list
    )  # their translation, "" for none; empty for a block of another shape

    def read(self, html: str) -> Part:
        return plain_part(self.id, unescape(html)) if self.id in TITLES else part_of(html)


@dataclass
class Row:
    """A block of the original, of the translation, or of both. What somebody typed is put into `texts`."""

    status: str
    id: str  # of its pair, or made from its text
    original: Part | None  # as it stands now
    current: Part | None  # its translation as it stands now
    form: Part  # whose shape the translation takes
    texts: list[str]  # the translation of the words of `form`
    pair: Pair | None = None
    is_ticked: bool = (
        False  # somebody says that the translation is right, or, of what nobody translated, to leave it out
    )

    @property
    def before(self) -> Part | None:
        """The block of the original that was translated."""
        return self.pair.read(self.pair.original or self.pair.words_of) if self.pair else None

    @property
    def was_never_translated(self) -> bool:
        return self.pair is None or not self.pair.original

    @property
    def is_empty(self) -> bool:
        """Whether it has words and none is translated; a picture stays without them."""
        return bool(self.texts) and not any(self.texts) and all(words.kind != "alt" for words in self.form.words)

    @property
    def is_complete(self) -> bool:
        pairs = zip(self.form.words, self.texts, strict=True)
        return all(text or (words.kind == "alt" and not words.html) for words, text in pairs)

    @property
    def may_keep_unseen(self) -> bool:
        """Whether it keeps words for what the original said before: somebody is still asked to look at them."""
        is_marked = self.status in (CHANGED, REMOVED) and not self.was_never_translated
        return is_marked and len(self.texts) == 1  # of several, nobody could tell which is which

    def has_words_of_original(self, language: str) -> bool:
        """Whether nobody has translated them, and nobody has said that they are the same in both languages."""
        if (
            self.current is None
            or self.before is None
            or not self.was_never_translated
            or self.status not in (NEW, REMOVED)
        ):
            return False
        copied = self.before if self.id in TITLES else part_of(in_language(self.before.html, language))
        return any(text in self.current.texts for text in copied.texts if text)

    def html(self, language: str) -> str:
        """What the translation says at this place from now on."""
        if self.original is None:  # removed from the original, or the translation's own
            is_gone = self.status == REMOVED and (self.is_ticked or self.was_never_translated)
            return "" if is_gone or self.is_empty else self._said(self.texts)
        if self.status in (NEW, ADDED) and self.is_ticked and not any(self.texts):
            return ""
        if self.status == NEW:
            copied = part_of(in_language(self.original.html, language)) if self.id not in TITLES else self.original
            return self._said([text or word for text, word in zip(self.texts, copied.texts, strict=True)])
        is_untouched = self.status == ADDED and bool(self.texts) and not any(self.texts)
        is_left_out = self.status == SAME and self.current is None and not any(self.texts)
        return "" if is_untouched or is_left_out or self.is_empty else self._said(self.texts)

    def settle(self) -> None:
        """Somebody says that the translation as it stands is up to date."""
        self.is_ticked = self.is_ticked or self.status in (CHANGED, ADDED)
        if self.status == REMOVED and not self.was_never_translated:
            self.status = OWN

    def _said(self, texts: Sequence[str]) -> str:
        said = self.form.saying(texts).html
        return said if self.id in TITLES else "".join(part.html for part in parts_of(said))

    def pair_after(self, html: str) -> Pair | None:
        """What is kept of it: that both agree now, or what they agreed on before."""
        if self.original is None:
            keeps = self.status == REMOVED and not self.is_ticked and not self.was_never_translated
            return self.pair if keeps and html else None
        ours = self.original.html
        follows = self.form.shape == self.original.shape
        words = list(self.texts) if follows else []
        is_translated = self.status in (NEW, ADDED) and self.is_complete
        if self.is_ticked or is_translated or self.status in (SAME, MOVED):
            return Pair(self.id, ours, html, ours, words)
        if self.status == ADDED and not html:
            return None
        agreed = self.pair.original if self.pair else ""
        words_of = ours if follows or self.pair is None else self.pair.words_of
        return Pair(self.id, agreed, html, words_of, words)


def begun(original: Sequence[Part], copied: Sequence[Part]) -> list[Pair]:
    """For a draft with the original's own words: nothing is translated but what has no words."""
    sides = zip(original, copied, strict=True)
    return [
        Pair(str(number), "" if any(part.texts) else part.html, copy.html, part.html, [""] * len(part.words))
        for number, (part, copy) in enumerate(sides)
    ]


def complete(original: Sequence[Part], translated: Sequence[Part]) -> list[Pair]:
    """For a translation that is taken for complete: a block of each that stand for each other."""
    found = align([part.tag for part in original], [part.tag for part in translated])
    by_place = {at: translated[place] for place, at in found.items()}
    pairs = []
    for number, part in enumerate(original):
        other = by_place.get(number)
        words = other.texts if other and other.shape == part.shape else []
        pairs.append(Pair(str(number), part.html, other.html if other else "", part.html, words))
    return pairs


def row_of(pair: Pair, original: Part, current: Part | None) -> Row:
    """Of a block that both have, or had."""
    status = SAME if pair.original == original.html else CHANGED if pair.original else NEW
    if status == NEW and current is not None and current.html != pair.translated:  # translated in the editor
        status = SAME if pair.words_of == original.html else CHANGED
    form, texts = _form_of(pair, original, current)
    return Row(status, pair.id, original, current, form, texts, pair)


def _form_of(pair: Pair, original: Part, current: Part | None) -> tuple[Part, list[str]]:
    """The shape of the original with the words so far, unless somebody gave the translation a shape of its own."""
    followed = pair.read(pair.words_of)
    texts = pair.words if len(pair.words) == len(followed.words) else None
    if current is None:
        texts = None
    elif current.html != pair.translated:  # changed in the editor
        texts = current.texts if current.shape == followed.shape else None
    if texts is None and current is not None:
        return current, current.texts
    texts = texts or [""] * len(followed.words)
    if original.html == followed.html:
        return original, texts
    found = align(followed.texts, original.texts)
    return original, [texts[found[place]] if place in found else "" for place in range(len(original.words))]


def rows_of(pairs: Sequence[Pair], original: Sequence[Part], translated: Sequence[Part]) -> list[Row]:
    """Both texts as they stand now, in the order of the original."""
    at_original = align([pair.original or pair.words_of for pair in pairs], [part.html for part in original])
    shown = [pair for pair in pairs if pair.translated]
    at_shown = align([pair.translated for pair in shown], [part.html for part in translated])
    current = {shown[at].id: translated[place] for place, at in at_shown.items()}
    rows: list[Row] = []
    last = -1
    for place, part in enumerate(original):
        if place in at_original:
            at = at_original[place]
            row = row_of(pairs[at], part, current.get(pairs[at].id))
            if row.status == SAME and at < last:
                row.status = MOVED
            last = max(last, at)
        else:
            row = Row(ADDED, _free(rows, f"new-{part.key}"), part, None, part, [""] * len(part.words))
        rows.append(row)
    _insert_removed(rows, pairs, current)
    own = [(part, shown[at_shown[place]].id if place in at_shown else "") for place, part in enumerate(translated)]
    _insert_own(rows, own)
    return rows


def _free(rows: Sequence[Row], name: str) -> str:
    """Two equal blocks have two names."""
    count = sum(row.id.startswith(name) for row in rows)
    return f"{name}-{count}" if count else name


def _insert_removed(rows: list[Row], pairs: Sequence[Pair], current: dict[str, Part]) -> None:
    """Behind what stood before it."""
    kept, before = {row.id for row in rows}, ""
    for pair in pairs:
        part = current.get(pair.id)
        if pair.id not in kept and part is not None:
            rows.insert(_place_behind(rows, before), Row(REMOVED, pair.id, None, part, part, part.texts, pair))
        if pair.id in kept or part is not None:
            before = pair.id


def _insert_own(rows: list[Row], translated: Sequence[tuple[Part, str]]) -> None:
    before = ""
    for part, known in translated:
        if not known:
            known = _free(rows, f"own-{part.key}")
            rows.insert(_place_behind(rows, before), Row(OWN, known, None, part, part, part.texts))
        before = known


def _place_behind(rows: Sequence[Row], name: str) -> int:
    return next((place + 1 for place, row in enumerate(rows) if row.id == name), 0)


def with_names(pairs: Sequence[Pair]) -> list[Pair]:
    """Those of new blocks get a name that stays, whatever becomes of their words."""
    taken = {pair.id for pair in pairs}
    for pair in pairs:
        if pair.id.startswith("new-"):
            pair.id = next(name for name in map(str, range(len(pairs) + len(taken))) if name not in taken)
            taken.add(pair.id)
    return list(pairs)
