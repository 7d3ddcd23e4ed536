"""Texts on a map: names of towns, and miles."""

from collections.abc import Iterable

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from clinics.maps.towns import Label
from core.prerendered import PrerenderedPartial

LABEL = PrerenderedPartial("clinics/_map_label.html", "x", "y", "text")


def labels_svg(labels: Iterable[Label], kind: str) -> SafeString:
    """The labels as SVG; `kind` is their class."""
    language = get_language()
    drawn = [
        LABEL.fill({"x": str(each.x), "y": str(each.y), "text": each.text}, language, kind=kind) for each in labels
    ]
    return mark_safe("".join(drawn))  # noqa: S308 - filled from a template, texts escaped
