"""What somebody is asked who says that a pharmacy filled buprenorphine: nothing about a person."""

import re
from collections.abc import Sequence
from typing import cast

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from clinics.models import Pharmacy, PharmacyReport, ZipCode
from clinics.models.pharmacies import check_day, lately
from core.forms import OneLineField, PhoneField, address_without_contacts

ZIP_CODE = re.compile(r"([0-9]{5})(?:-?[0-9]{4})?")
TOLL_FREE = ("800", "833", "844", "855", "866", "877", "888")
OF_A_PHARMACY = ("name", "street", "zip_code", "phone")
ANOTHER = "another"


class PharmacyZipField(forms.CharField):
    """The ZIP code of a place; clean value: a ZipCode with a point, from which miles can be told."""

    def clean(self, value):
        found = ZIP_CODE.fullmatch(super().clean(value))
        known = found and ZipCode.objects.filter(pk=found[1], latitude__isnull=False).first()
        if known is None and (value or self.required):
            sentence = _("We do not know this ZIP code. Type the five digits of the pharmacy's address.")
            raise ValidationError(sentence, "zip")
        return known


class OwnPhoneField(PhoneField):
    """The number of one pharmacy: by that of a chain, pharmacies all over the country would be taken for one."""

    def to_python(self, value):
        phone = super().to_python(value)
        if phone.startswith(TOLL_FREE):
            sentence = _("That is a number for the whole country. Type the pharmacy's own, or leave this empty.")
            raise ValidationError(sentence, "toll free")
        return phone


class FilledForm(forms.Form):
    """A pharmacy and a day: what owners and callers say, and readers of one that we do not know."""

    name = OneLineField(
        label=_("Name of the pharmacy"),
        max_length=120,
        validators=[address_without_contacts],
        error_messages={"required": _("Type the name of the pharmacy.")},
    )
    street = OneLineField(
        label=_("Its street address"), max_length=200, required=False, validators=[address_without_contacts]
    )
    zip_code = PharmacyZipField(
        label=_("Its ZIP code"),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("Type the ZIP code of the pharmacy.")},
    )
    phone = OwnPhoneField(
        label=_("Its phone number"), required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    filled_on = forms.DateField(
        label=_("On which day was it filled?"),
        input_formats=["%Y-%m-%d", "%m/%d/%Y"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Say on which day it was filled."),
            "invalid": _("We cannot read this day. Write it like 06/30/2028."),
        },
    )
    form = forms.ChoiceField(
        label=_("In which form? (optional)"),
        choices=[("", _("I do not know")), *((each.value, capfirst(each.label)) for each in PharmacyReport.Form)],
        required=False,
        widget=forms.RadioSelect,
    )
    submit_label = _("Send the report")

    def __init__(self, *args, **options):
        super().__init__(*args, **({"label_suffix": ""} | options))
        first, last = lately()
        self.fields["filled_on"].widget.attrs |= {"min": first.isoformat(), "max": last.isoformat()}
        for name in OF_A_PHARMACY:  # the browser would offer the reader's own
            self.fields[name].widget.attrs["autocomplete"] = "off"

    def clean_filled_on(self):
        day = self.cleaned_data["filled_on"]
        check_day(day)
        return day

    def clean(self):
        said = super().clean() or self.cleaned_data
        is_named = said.get("name") and "phone" not in self.errors
        if is_named and not (said.get("street") or said.get("phone")):
            self.add_error("street", _("Type its street or its phone number, so that we know which one it is."))
        return said

    @property
    def helper(self):
        helper = FormHelper()
        helper.layout = Layout(*map(Field, self.fields), Submit("send", self.submit_label))
        helper.attrs = {"novalidate": True}
        helper.form_error_title = _("The report was not sent yet.")
        return helper


class ReaderFilledForm(FilledForm):
    """The same of a reader, who chooses among pharmacies that are `known` near there, or names another one."""

    near = forms.CharField(widget=forms.HiddenInput, required=False)
    pharmacy = forms.ChoiceField(
        label=_("Which pharmacy?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose the pharmacy, or “Another one”."),
            "invalid_choice": _("Choose one of the pharmacies below, or “Another one”."),
        },
    )
    field_order = ("near", "pharmacy")

    def __init__(self, *args, known: Sequence[Pharmacy] = (), **options):
        super().__init__(*args, **options)
        self.known = {str(pharmacy.pk): pharmacy for pharmacy in known}
        if not known:
            del self.fields["pharmacy"]
            return
        labels = [(pk, f"{each.name}, {each.street}, {each.city}") for pk, each in self.known.items()]
        choices = [*labels, (ANOTHER, _("Another one; I type it below"))]
        cast("forms.ChoiceField", self.fields["pharmacy"]).choices = choices

    def clean_pharmacy(self):
        return self.known.get(self.cleaned_data["pharmacy"])

    def clean(self):
        if self.cleaned_data.get("pharmacy"):  # nothing else of it is asked
            for name in OF_A_PHARMACY:
                self.errors.pop(name, None)
            return self.cleaned_data
        return super().clean()
