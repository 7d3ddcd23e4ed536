"""The fields of a form for the questions whose answers a clinic keeps in `Clinic.answers`."""

from collections.abc import Iterable
from typing import Any

from django import forms

from clinics.questions import kinds, stated
from clinics.questions.registry import OWN, Question

GROUP_OF_FIELDS = tuple(OWN)


class QuestionFields(forms.Form):
    """To be inherited: one field for each question of the registry, which is optional. Initial: what is known."""

    locals().update({key: kinds.form_field(question, label=question.label.lazy) for key, question in OWN.items()})

    def start_with(self, clinic) -> None:
        known = stated.known(clinic)
        self.initial = {**self.initial, **{key: known[key] for key in GROUP_OF_FIELDS}}

    def ask_only(self, questions: Iterable[Question]) -> None:
        """Leave out the questions that are not for a clinic of this kind."""
        asked = {question.key for question in questions}
        for key in set(GROUP_OF_FIELDS) - asked:
            self.fields.pop(key, None)

    @property
    def question_names(self) -> list[str]:
        return [key for key in GROUP_OF_FIELDS if key in self.fields]

    @property
    def given_answers(self) -> dict[str, Any]:
        """{key: answer} of every question that was asked; None for one that was left open."""
        return {key: self.cleaned_data[key] for key in self.question_names if key in self.cleaned_data}

    @property
    def changed_answers(self) -> dict[str, Any]:
        return {key: value for key, value in self.given_answers.items() if key in self.changed_data}
