"""Partials that a page repeats: Django renders each shape of one once, later only its texts are put in.

A card of the results is 60 template nodes, twenty times a page; rendering them was most of what a search cost. The
markup stays in the template. What is kept in memory is the template without its texts: nothing of a clinic, nothing of
a place, so nothing that could be stale or tell what was searched for.
"""

import re
from functools import lru_cache
from html import escape

from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

SHAPES_KEPT = 4096  # of all stencils together, a kilobyte each
_OPEN, _CLOSE = "\ue000", "\ue001"  # for private use: no template of ours holds them
_UNSAFE = re.compile("[&<>\"']")
_SLOT = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


class Stencil:
    """A partial with `slots`, the texts that differ each time, and a shape: all else that it is told.

    A template may ask whether a slot is empty and put it in as it is, but not change it by a filter.
    """

    def __init__(self, template: str, slots: tuple[str, ...]):
        self.template, self.slots = template, slots

    def fill(self, texts: list[str], language: str, **shape) -> SafeString:
        """The partial with `texts` in the order of the slots, escaped unless marked safe. "" is an empty slot."""
        pieces = self.pieces(tuple([text != "" for text in texts]), tuple(shape.items()), language)
        needs_escape = _UNSAFE.search  # a tenth of what it takes to escape a text, and few have anything to escape
        texts = [escape(text) if needs_escape(text) and not isinstance(text, SafeString) else text for text in texts]
        return mark_safe("".join([piece if isinstance(piece, str) else texts[piece] for piece in pieces]))  # noqa: S308 - escaped above

    def pieces(self, given: tuple[bool, ...], shape: tuple, language: str) -> list[str | int]:
        """The rendered text, cut at the slots; each slot is its number."""
        if settings.DEBUG:  # the template may be edited meanwhile
            return _cut(self, given, shape, language)
        return _kept(self, given, shape, language)


def _cut(stencil: Stencil, given: tuple[bool, ...], shape: tuple, language: str) -> list[str | int]:
    marks = [mark_safe(f"{_OPEN}{n}{_CLOSE}") if is_given else "" for n, is_given in enumerate(given)]  # noqa: S308 - ours
    with override(language):
        text = get_template(stencil.template).render(dict(zip(stencil.slots, marks, strict=True)) | dict(shape))
    pieces: list[str | int] = []
    for n, piece in enumerate(_SLOT.split(text)):
        if _OPEN in piece or _CLOSE in piece:
            raise ValueError(f"{stencil.template} changes a slot by a filter: give it the text as it is to be shown.")
        pieces.append(int(piece) if n % 2 else piece)
    return pieces


_kept = lru_cache(maxsize=SHAPES_KEPT)(_cut)
