"""Form fields that several forms share, and the way to one."""

from decimal import Decimal

from django import forms
from django.core import validators
from django.core.exceptions import ValidationError
from django.utils.deconstruct import deconstructible
from django.utils.translation import gettext_lazy as _

from core.contact_texts import plain
from core.owner_texts import refusal
from core.phones import NotAPhone, normalise_phone
from core.websites import is_public_website

MOST_DOLLARS = 10_000


def anchor_of(field: forms.BoundField) -> str:
    """The id by which a link leads to a field: of a group of choices, to the first."""
    is_group = isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{field.id_for_label or field.auto_id}_0" if is_group else field.id_for_label


@deconstructible
class ReadLengthValidator:
    """Refuses a text that is longer than `most` characters once it is normalised, as the rules for texts read it.

    One character may be eighteen then. The field's own `max_length` refuses what is too long as it was typed.
    """

    def __init__(self, most: int):
        self.most = most

    def __eq__(self, other):
        return isinstance(other, ReadLengthValidator) and self.most == other.most

    def __call__(self, text: str) -> None:
        if len(text) > self.most or len(read := plain(text)) <= self.most:
            return
        sentence = _(
            "Please write at most %(most)s characters. Yours are read as %(read)s: some signs, such as “…”, stand for "
            "several letters."
        )
        raise ValidationError(sentence, "read_length", {"most": self.most, "read": len(read)})


class PhoneField(forms.CharField):
    """A US telephone number in any usual spelling; clean value: as `normalise_phone` writes it."""

    def to_python(self, value):
        try:
            return normalise_phone(super().to_python(value) or "")
        except NotAPhone as error:
            sentence = _("This is not a US phone number. Write it like 617-555-0100 or 617-555-0100 x12.")
            raise ValidationError(sentence, "invalid") from error


class WebsiteField(forms.URLField):
    """The address of a public website; one without a scheme is taken for https."""

    known = ""  # what is stored already and may stay

    def __init__(self, **options):
        super().__init__(**({"assume_scheme": "https"} | options))

    def clean(self, value):
        if self.known and value == self.known:
            return value
        address = super().clean(value)
        if address and not is_public_website(address):
            sentence = _("Use the address of a public website, such as https://www.example.org/.")
            raise ValidationError(sentence, "not public")
        return address


def without_contacts(text: str) -> None:
    """Refuse a text that steers a reader past the numbers and addresses that we check. Raises ValidationError."""
    if sentence := refusal(text):
        raise ValidationError(sentence, "contacts")


def address_without_contacts(text: str) -> None:
    """The same of a name or a part of an address, which an editor reads before it is live."""
    if sentence := refusal(text, is_read_first=True):
        raise ValidationError(sentence, "contacts")


def is_prose(field: forms.Field) -> bool:
    """Whether a person writes freely into it, so that the policy for texts (core/owner_texts.py) holds there."""
    return any(validator in (without_contacts, address_without_contacts) for validator in field.validators)


class OneLineField(forms.CharField):
    """A name or another text of one line: line breaks, and other characters that nobody sees, become blanks."""

    def to_python(self, value):
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        seen = "".join(each if each.isprintable() or each == "\0" else " " for each in text)  # NUL has a sentence
        return " ".join(seen.split()) or self.empty_value

    def run_validators(self, value):
        """What is longer than the field takes is refused for that alone: the rules for texts need not read it."""
        if self.max_length is not None and isinstance(value, str):
            validators.MaxLengthValidator(self.max_length)(value)
        super().run_validators(value)


class YesNoUnknownField(forms.TypedChoiceField):
    """A question that may stay open; clean value: True, False, or None for what is not stated."""

    WORDS = {True: "yes", False: "no", None: ""}

    def __init__(self, *, unknown_label=None, required=False, **options):
        choices = [("yes", _("Yes")), ("no", _("No")), *([] if required else [("", unknown_label or _("Not stated"))])]
        super().__init__(
            choices=choices, coerce=lambda word: word == "yes", empty_value=None, required=required, **options
        )

    def prepare_value(self, value):
        return self.WORDS.get(value, value)

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)


class DollarsField(forms.DecimalField):
    """US dollars in the form; clean value: whole cents, at least `least_cents`."""

    def __init__(self, *, least_cents: int = 0, **options):
        for of_integers in ("min_value", "max_value"):  # a model's field of cents brings its own
            options.pop(of_integers, None)
        super().__init__(min_value=Decimal(least_cents) / 100, max_value=MOST_DOLLARS, decimal_places=2, **options)

    def prepare_value(self, value):
        return Decimal(value) / 100 if isinstance(value, int) else value

    def clean(self, value):
        dollars = super().clean(value)
        return None if dollars is None else int(dollars * 100)

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)
