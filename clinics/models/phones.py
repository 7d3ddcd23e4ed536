"""Which number a reader calls, and what stands beside it."""

from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value

from core.phone_texts import BETWEEN_CELLS, find_phones, is_told_by
from core.phones import NotAPhone, normalise_phone

LONGEST_PHONE = 24  # characters of the written form


def validate_phone(text: str) -> None:
    try:
        canonical = normalise_phone(text)
    except NotAPhone as error:
        raise ValidationError(str(error)) from error
    if canonical != text:
        raise ValidationError(f"Write it as {canonical}.")


def more_phones(help_text: str) -> ArrayField:
    """A column of further numbers; an older release, which does not know it, writes none."""
    none = Value([], output_field=ArrayField(models.CharField(max_length=LONGEST_PHONE)))
    number: models.Field[str, str] = models.CharField(max_length=LONGEST_PHONE, validators=[validate_phone])
    return ArrayField(number, default=list, db_default=none, blank=True, help_text=help_text)


class PhoneFacts:
    """What follows from the numbers of a clinic: part of Clinic."""

    phone: str
    other_phones: list[str]
    intake_phones: list[str]
    hotlines: list[str]
    phone_as_written: str
    phone_for_new_patients: str
    phone_shared_by: int = 0  # with_phone_shared_by()
    phone_reported: str
    phone_reported_on: date | None

    @property
    def phones(self) -> list[str]:
        """Every number, the one for new patients first, none twice."""
        return [number for number in dict.fromkeys([self.phone_for_new_patients, *self.stated_phones]) if number]

    @property
    def stated_phones(self) -> list[str]:
        return [self.phone, *self.intake_phones, *self.other_phones, *self.hotlines]

    @property
    def reported_phone(self) -> str:
        """The number of which several readers say that it is dead; "" if there is none."""
        return (self.phone_reported or self.phone) if self.phone_reported_on else ""

    def has_replaced(self, phone_before: str) -> bool:
        """Whether an edit answers the reports of a dead number: the clinic no longer states it.

        That is the number readers are warned of, or, without a warning, `phone_before`: the main one before the edit.
        """
        asked = (self.phone_reported if self.phone_reported_on else "") or phone_before
        return asked not in self.stated_phones

    @property
    def first_phone_is_reported(self) -> bool:
        return bool(self.reported_phone) and self.reported_phone == self.phone_for_new_patients

    @property
    def main_line(self) -> str:
        """The main number, where new patients call another one."""
        return "" if self.phone == self.phone_for_new_patients else self.phone

    @property
    def more_intake_phones(self) -> list[str]:
        return [phone for phone in self.intake_phones[1:] if phone not in (self.phone_for_new_patients, self.phone)]

    @property
    def has_more_phones(self) -> bool:
        """Beside the one to call first."""
        return bool(self.main_line or self.more_intake_phones or self.other_phones or self.hotlines)

    @property
    def phone_words(self) -> str:
        """What a source writes beside the numbers, or in place of one that can be dialled."""
        return self.words_beside(self.phones) if self.phone_as_written else ""

    @property
    def first_phone_words(self) -> str:
        """The same of the two numbers that a row of a list knows."""
        return self.words_beside([self.phone_for_new_patients, self.phone]) if self.phone_as_written else ""

    def words_beside(self, phones: Iterable[str]) -> str:
        """Words about a number that somebody has replaced since are not about this clinic any more."""
        shown = set(phones)
        cells = self.phone_as_written.split(BETWEEN_CELLS)
        return "; ".join(cell for cell in cells if _belongs(cell, shown, self.phone_for_new_patients))


def _belongs(cell: str, shown: set[str], phone: str) -> bool:
    found = find_phones(cell)
    if not found:
        return not phone
    return not is_told_by(cell, found) and not shown.isdisjoint(one.number for one in found)
