"""Asking back: what may be right but rarely is, and words that an editor decides, with a box to tick.

A box that is ticked stays with the answers: the owner said yes, and an editor reads that beside them.
"""

from typing import NamedTuple

from django import forms
from django.forms.utils import ErrorDict
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from core.forms import is_prose
from core.owner_texts import warnings_in

SURE = "sure"  # the name of the boxes


class Doubt(NamedTuple):
    """Something to ask back. `key` names it with what was typed, so that another value is asked again."""

    key: str
    sentence: str
    is_of_words: bool = False  # an editor decides it before it is live


class AsksBack(forms.Form):
    """A form with `doubts` about what was typed; it is valid once each is corrected or ticked."""

    def doubts(self) -> list[Doubt]:
        """What to ask back. Called when the fields are clean; those with errors are missing in `cleaned_data`."""
        return self.doubts_of_words()

    def doubts_of_words(self) -> list[Doubt]:
        """The claims, and the words that hurt, in what a person wrote freely."""
        return [
            Doubt(f"{name}:{warning.word.lower()}"[:200], warning.sentence, is_of_words=True)
            for name, field in self.fields.items()
            if is_prose(field) and isinstance(text := self.cleaned_data.get(name), str)
            for warning in warnings_in(text)
        ]

    def full_clean(self):
        super().full_clean()
        if self.is_bound and self.cleaned_data:
            self._ask_back()

    def _ask_back(self) -> None:
        self.asked = self.doubts()
        if not self.asked:
            return
        yes, keep = _("Yes, that is right."), _("Keep it; an editor decides.")
        choices = [
            (doubt.key, format_html("{} <strong>{}</strong>", doubt.sentence, keep if doubt.is_of_words else yes))
            for doubt in self.asked
        ]
        field = forms.MultipleChoiceField(
            label=_("Please check"), required=False, widget=forms.CheckboxSelectMultiple, choices=choices
        )
        self.fields[SURE] = field
        ticked = field.widget.value_from_datadict(self.data, self.files, self.add_prefix(SURE)) or []
        if any(doubt.key not in ticked for doubt in self.asked):
            self.add_error(SURE, _("Tick what is right, or change it above."))

    asked: list[Doubt] = []  # of the last cleaning

    def hide_errors(self) -> None:
        """For a page that nobody has sent yet: what is still missing there is no mistake."""
        self.full_clean()
        self._errors = ErrorDict()

    @property
    def needs_editor(self) -> bool:
        """Whether its words are for an editor to decide before they are live."""
        return self.is_valid() and any(doubt.is_of_words for doubt in self.asked)
