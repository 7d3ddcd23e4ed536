"""Partials that a page repeats: Django renders each variant once, later only values are put in.

A row of the results is 60 template nodes, twenty times a page; rendering them was most of what a search cost
(docs/performance.md). The markup stays in its template. What memory keeps is the template without values: nothing of a
clinic or a place, so nothing that could be out of date or tell what was searched for.
"""

import re
from functools import lru_cache
from html import escape

from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import override

VARIANTS_KEPT = 4096  # of all partials together, a kilobyte each
_OPEN, _CLOSE = "\ue000", "\ue001"  # for private use: no template of ours holds them
_UNSAFE = re.compile("[&<>\"']")
_PLACEHOLDER = re.compile(f"{_OPEN}(\\w+){_CLOSE}")


class PrerenderedPartial:
    """A template with `placeholders`, the values that differ each time.

    A template may ask whether a placeholder is empty and put it in as it is, but not change it by a filter. Whatever
    else it is told selects the variant.
    """

    def __init__(self, template: str, *placeholders: str):
        self.template, self.placeholders = template, placeholders

    def fill(self, values: dict[str, str], language: str, **variant) -> SafeString:
        """The partial with `values` by the name of their placeholder, escaped unless marked safe; "" is empty."""
        text = self.text(tuple([name for name, value in values.items() if value]), tuple(variant.items()), language)
        needs_escape = _UNSAFE.search  # asking takes a tenth of the time of escaping, and few values need it
        unsafe = [
            name for name, value in values.items() if not isinstance(value, SafeString) and needs_escape(str(value))
        ]
        if unsafe:
            values = values | {name: escape(values[name]) for name in unsafe}
        return mark_safe(text.format_map(values))  # noqa: S308 - escaped above

    def text(self, given: tuple[str, ...], variant: tuple, language: str) -> str:
        """The rendered template, with {name} for each placeholder that is `given`."""
        if settings.DEBUG:  # the template may be edited meanwhile
            return _prerender(self, given, variant, language)
        return _kept(self, given, variant, language)


def _prerender(partial: PrerenderedPartial, given: tuple[str, ...], variant: tuple, language: str) -> str:
    marks = {name: mark_safe(f"{_OPEN}{name}{_CLOSE}") if name in given else "" for name in partial.placeholders}  # noqa: S308 - ours
    with override(language):
        text = get_template(partial.template).render(marks | dict(variant))
    text = _PLACEHOLDER.sub(r"{\1}", text.replace("{", "{{").replace("}", "}}"))
    if _OPEN in text or _CLOSE in text:
        raise ValueError(f"{partial.template} changes a placeholder by a filter: give it the text as it is shown.")
    return text


_kept = lru_cache(maxsize=VARIANTS_KEPT)(_prerender)
