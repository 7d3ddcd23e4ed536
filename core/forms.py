"""Form fields that several forms share, and the way to one."""

from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.phones import NotAPhone, normalise_phone

MOST_DOLLARS = 10_000


def anchor_of(field: forms.BoundField) -> str:
    """The id by which a link leads to a field: of a group of choices, to the first."""
    is_group = isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{field.id_for_label or field.auto_id}_0" if is_group else field.id_for_label


class PhoneField(forms.CharField):
    """A US telephone number in any usual spelling; clean value: as `normalise_phone` writes it."""

    def to_python(self, value):
        try:
            return normalise_phone(super().to_python(value) or "")
        except NotAPhone as error:
            sentence = _("This is not a US phone number. Write it like 617-555-0100 or 617-555-0100 x12.")
            raise ValidationError(sentence, "invalid") from error


class WebsiteField(forms.URLField):
    """A web address; one without a scheme is taken for https."""

    def __init__(self, **options):
        super().__init__(**({"assume_scheme": "https"} | options))


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
    """US dollars in the form; clean value: whole cents."""

    def __init__(self, **options):
        for of_integers in ("min_value", "max_value"):  # a model's field of cents brings its own
            options.pop(of_integers, None)
        super().__init__(min_value=0, max_value=MOST_DOLLARS, decimal_places=2, **options)

    def prepare_value(self, value):
        return Decimal(value) / 100 if isinstance(value, int) else value

    def clean(self, value):
        dollars = super().clean(value)
        return None if dollars is None else int(dollars * 100)

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)
