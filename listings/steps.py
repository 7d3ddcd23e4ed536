"""The form of a listing, one group of questions a page. Every answer is kept as typed; `cleaned` reads them all.

A step is a form whose data can be stored and read again: {field: [values]}. Steps whose facts are sensitive wait for
an editor when a live listing is changed; the others go live at once.
"""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.forms import formset_factory
from django.http import QueryDict
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from clinics.access import DESK_LANGUAGES, STATE_BITS
from clinics.access_fields import DollarsField, WeekFormField
from clinics.models import Service, ZipCode
from clinics.models.practitioner import validate_npi
from clinics.phones import NotAPhone, normalise_phone
from clinics.states import state_names

MOST_INTAKE_PHONES = 5
MOST_PRACTITIONERS = 30
# Words that promise what nobody can promise, each with the reason.
NO_RANKS = _("“%(word)s” ranks you above others, which nobody has measured. Say what you do instead.")
NO_PROMISES = _("“%(word)s” promises a result, which no treatment can. Say how you treat instead.")
REFUSED_CLAIMS = (
    (re.compile(r"\b(?:the )?(best)\b", re.I), NO_RANKS),
    (re.compile(r"(#\s?1\b|\b(?:number|no\.?) (?:one|1)\b|\btop[- ]rated\b|\bleading\b)", re.I), NO_RANKS),
    (re.compile(r"\b(guarantee[ds]?|100 ?%)", re.I), NO_PROMISES),
    (re.compile(r"\b(cure[ds]?|curing)\b", re.I), NO_PROMISES),
)


def yes_no_unknown(label, help_text=""):
    """A question that may stay open: not stated is neither yes nor no."""
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        choices=[("yes", _("Yes")), ("no", _("No")), ("", _("Not stated"))],
        coerce=lambda text: text == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )


class PhoneField(forms.CharField):
    def to_python(self, value):
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return normalise_phone(text)
        except NotAPhone as error:
            sentence = _now("This is no US phone number. Write it like 617-555-0100 or 617-555-0100 x12.")
            raise ValidationError(sentence, "invalid") from error


class ServicesField(forms.TypedMultipleChoiceField):
    """Services of some groups of the code book that the search can filter by, in plain words."""

    widget = forms.CheckboxSelectMultiple

    def __init__(self, *groups, **options):
        super().__init__(coerce=int, required=False, choices=self.offered, **options)
        self.groups = groups

    def offered(self):
        services = Service.objects.filter(group__in=self.groups).exclude(facet="").order_by("name")
        return [(service.pk, _now(service.name)) for service in services]

    def __deepcopy__(self, memo):
        result = super().__deepcopy__(memo)
        result.groups, result.choices = self.groups, result.offered
        return result


class Step(forms.Form):
    slug = title = ""
    is_sensitive = False

    def __init__(self, data=None, **options):
        super().__init__(data, label_suffix="", **options)

    @classmethod
    def of(cls, typed: dict[str, list[str]] | None, **options) -> "Step":
        """The form with what was typed before; with nothing, an empty one."""
        return cls(as_data(typed) if typed is not None else None, **options)

    def typed(self) -> dict[str, list[str]]:
        """What was typed, for its own fields only."""
        return {name: self.data.getlist(name) for name in self.fields if name in self.data}

    def lines(self) -> list[tuple[str, str]]:
        """(question, answer) for a page that shows what was typed."""
        return [(str(field.label), shown(field)) for field in self]

    @property
    def linked_errors(self) -> list[tuple[str, str]]:
        """(id of the field, message), for the summary at the top of the page."""
        return [
            (link_of(self[name]), f"{self[name].label}: {error}")
            for name, errors in self.errors.items()
            if name in self.fields
            for error in errors
        ]


def as_data(typed: dict[str, list[str]]) -> QueryDict:
    data = QueryDict(mutable=True)
    for name, values in typed.items():
        data.setlist(name, values)
    return data


def link_of(field) -> str:
    is_group = isinstance(field.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    return f"{field.id_for_label or field.auto_id}_0" if is_group else field.id_for_label


def shown(field) -> str:
    """What was typed, in words."""
    value = field.value()
    if isinstance(field.field, forms.ChoiceField):
        labels = {str(key): str(label) for key, label in field.field.choices if key != ""}
        values = value if isinstance(value, list) else [value]
        return ", ".join(labels.get(str(item), str(item)) for item in values if item not in ("", None))
    if isinstance(field.field, forms.BooleanField):
        return _now("yes") if value in (True, "on", "True") else ""
    return "" if value is None else str(value)


class PracticeStep(Step):
    slug, title, is_sensitive = "practice", _("Practice and address"), True
    name = forms.CharField(label=_("Name of the practice"), max_length=200)
    name_detail = forms.CharField(
        label=_("Program or site (optional)"),
        max_length=200,
        required=False,
        help_text=_("Tells apart several sites of one organization."),
    )
    street = forms.CharField(label=_("Street address"), max_length=200)
    street_detail = forms.CharField(label=_("Suite or building (optional)"), max_length=200, required=False)
    city = forms.CharField(label=_("City"), max_length=80)
    state = forms.ChoiceField(
        label=_("State"), choices=lambda: [("", _("Choose")), *sorted(state_names().items(), key=lambda item: item[1])]
    )
    zip_code = forms.CharField(label=_("ZIP code"), max_length=10, help_text=_("Five digits, or ZIP+4"))

    def clean_zip_code(self):
        text = self.cleaned_data["zip_code"].strip()
        if not re.fullmatch(r"[0-9]{5}(-[0-9]{4})?", text):
            raise ValidationError(_("A ZIP code has five digits, or five and four: 02139 or 02139-1234."), "invalid")
        if not ZipCode.objects.filter(code=text[:5]).exists():
            raise ValidationError(
                _("We know no ZIP code %(code)s. Check it for a typo.") % {"code": text[:5]}, "unknown"
            )
        return text


class PhonesStep(Step):
    slug, title, is_sensitive = "phones", _("Phones and website"), True
    phone = PhoneField(
        label=_("Phone"),
        help_text=_("Your own number, as patients call it. Never a call center or a tracking number."),
    )
    intake_phones = forms.CharField(
        label=_("Phones for new patients (optional)"),
        required=False,
        max_length=200,
        help_text=_("Parted by commas"),
    )
    website = forms.URLField(label=_("Website (optional)"), required=False, max_length=300, assume_scheme="https")

    def clean_intake_phones(self):
        texts = [text for text in self.cleaned_data["intake_phones"].split(",") if text.strip()]
        if len(texts) > MOST_INTAKE_PHONES:
            raise ValidationError(_("At most five, please."), "many")
        return [PhoneField().clean(text) for text in texts]


class HoursStep(Step):
    slug, title = "hours", _("Hours")
    open_hours = WeekFormField(label=_("Open"), required=False)
    walk_in_hours = WeekFormField(
        label=_("Walk-in hours"),
        required=False,
        help_text=_("When people are seen without an appointment; none: by appointment only. Empty: not stated."),
    )


class PractitionerForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    credentials = forms.CharField(
        label=_("Credentials (optional)"), max_length=60, required=False, help_text=_("Such as MD, DO, NP, PA")
    )
    npi = forms.CharField(label=_("NPI"), max_length=10, validators=[validate_npi], help_text=_("Ten digits"))
    license_state = forms.ChoiceField(
        label=_("State of the license"),
        choices=lambda: [("", _("Choose")), *sorted(state_names().items(), key=lambda item: item[1])],
    )
    license_number = forms.CharField(label=_("License number"), max_length=40)
    license_expires_on = forms.DateField(
        label=_("License ends on"), input_formats=["%Y-%m-%d", "%m/%d/%Y"], help_text=_("Such as 06/30/2028")
    )
    consented = forms.BooleanField(
        label=_("This person has agreed to be named in a public directory"),
        error_messages={"required": _("Nobody is named who has not agreed.")},
    )

    def clean_license_expires_on(self):
        day = self.cleaned_data["license_expires_on"]
        if day < timezone.localdate():
            raise ValidationError(_("This license has ended."), "ended")
        return day


PractitionerFormSet = formset_factory(PractitionerForm, extra=1, max_num=MOST_PRACTITIONERS, validate_max=True)


class PractitionersStep(Step):
    """People who treat there, each with a form of their own; an empty form is nobody."""

    slug, title, is_sensitive = "practitioners", _("Practitioners"), True

    @cached_property
    def people(self):
        return PractitionerFormSet(
            self.data if self.is_bound else None, prefix="people", form_kwargs={"label_suffix": ""}
        )

    def typed(self):
        return {
            name: self.data.getlist(name)
            for name in self.data
            if re.fullmatch(r"people-([0-9]{1,3}-[a-z_]+|(TOTAL|INITIAL)_FORMS)", name)
        }

    def is_valid(self):
        return self.is_bound and self.people.is_valid() and not self._twice

    @property
    def _twice(self) -> bool:
        npis = [person["npi"] for person in self.filled]
        return len(npis) != len(set(npis))

    @property
    def filled(self) -> list[dict]:
        return [form.cleaned_data for form in self.people.forms if getattr(form, "cleaned_data", {}).get("npi")]

    @property
    def cleaned_data(self):
        return {"practitioners": self.filled}

    @cleaned_data.setter
    def cleaned_data(self, value):
        """Django's own form has one, of no field."""

    def lines(self):
        names = [
            " ".join(
                filter(
                    None,
                    [
                        shown(form["name"]),
                        shown(form["credentials"]),
                        f"NPI {shown(form['npi'])}",
                        shown(form["license_state"]),
                        shown(form["license_number"]),
                        shown(form["license_expires_on"]),
                    ],
                )
            )
            for form in self.people.forms
            if form.has_changed()
        ]
        return [(_now("Practitioners"), "; ".join(names))]

    @property
    def linked_errors(self):
        if not self.is_bound or self.people.is_valid():
            return [("id_people-0-npi", _now("One person is named twice."))] if self.is_bound and self._twice else []
        return [
            (link_of(form[name]), f"{form[name].label}: {error}")
            for form in self.people.forms
            for name, errors in form.errors.items()
            if name in form.fields
            for error in errors
        ]


class ServicesStep(Step):
    slug, title = "services", _("Services and medications")
    medication = ServicesField("medication", label=_("Medications for opioid use disorder"))
    setting = ServicesField("setting", label=_("Where and how"))
    care = ServicesField("care", label=_("Care"))
    program = ServicesField("program", label=_("Programs for"))
    age = ServicesField("age", label=_("Ages and genders"))


class PaymentStep(Step):
    slug, title = "payment", _("Payment")
    payment = ServicesField("payment", label=_("Ways to pay"))
    assistance = ServicesField("assistance", label=_("Help with paying"))
    first_visit_cents = DollarsField(
        label=_("First visit without insurance, in US dollars"),
        required=False,
        help_text=_("0: free. Empty: not stated."),
    )


class LanguagesStep(Step):
    slug, title = "languages", _("Languages")
    desk_languages = forms.MultipleChoiceField(
        label=_("At the front desk and on the phone"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: DESK_LANGUAGES.items(),
    )
    language = ServicesField("language", label=_("In treatment"))


class AccessStep(Step):
    slug, title = "access", _("What a patient needs to start")
    accepting_new_patients = yes_no_unknown(_("Do you take new patients?"))
    days_to_first_visit = forms.IntegerField(
        label=_("Days to the first visit"),
        required=False,
        min_value=0,
        max_value=365,
        help_text=_("0: the same day. Empty: not stated."),
    )
    medication_at_first_visit = yes_no_unknown(_("Can medication start at the first visit?"))
    counseling_required = yes_no_unknown(_("Is counseling required to get medication?"))
    telehealth = yes_no_unknown(_("Can a patient start by phone or video?"))
    telehealth_states = forms.MultipleChoiceField(
        label=_("In which states?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(code, name) for code, name in state_names().items() if code in STATE_BITS],
    )

    def clean(self):
        facts = super().clean()
        if facts.get("telehealth") and not facts.get("telehealth_states"):
            self.add_error("telehealth_states", _("Choose the states whose residents can start by telehealth."))
        if facts.get("telehealth") is False:
            facts["telehealth_states"] = []
        elif facts.get("telehealth") is None:
            facts["telehealth_states"] = None
        return facts


class DescriptionStep(Step):
    slug, title = "description", _("In your own words")
    description = forms.CharField(
        label=_("What should a patient know? (optional)"),
        required=False,
        max_length=1200,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Plain text, at most 1,200 characters. Say what you do; ranks and promises are refused."),
    )

    def clean_description(self):
        text = self.cleaned_data["description"]
        found = [(match[1], reason) for pattern, reason in REFUSED_CLAIMS if (match := pattern.search(text))]
        if found:
            raise ValidationError([ValidationError(reason % {"word": word}, "claim") for word, reason in found])
        return text


STEPS = {
    step.slug: step
    for step in (
        PracticeStep,
        PhonesStep,
        HoursStep,
        PractitionersStep,
        ServicesStep,
        PaymentStep,
        LanguagesStep,
        AccessStep,
        DescriptionStep,
    )
}
NEEDED = ("practice", "phones")  # a listing cannot be without these; the rest may be left open


def following(slug: str) -> str:
    """The slug of the next step; "" after the last."""
    order = [*STEPS, ""]
    return order[order.index(slug) + 1]


def read(answers: dict) -> dict[str, Step]:
    """Every step that was answered, as a form with its data."""
    return {slug: step.of(answers[slug]) for slug, step in STEPS.items() if slug in answers}


def problems(answers: dict) -> list[type[Step]]:
    """The steps that need another look before it can be sent in."""
    forms_ = read(answers)
    return [
        step
        for slug, step in STEPS.items()
        if (slug in NEEDED and slug not in forms_) or (slug in forms_ and not forms_[slug].is_valid())
    ]


def changed(submission) -> list[str]:
    """The steps whose answers differ from what was live when they were begun."""
    return [
        slug
        for slug in STEPS
        if slug in submission.answers
        and _meaning(slug, submission.answers[slug]) != _meaning(slug, submission.before.get(slug))
    ]


def _meaning(slug: str, typed) -> list:
    return STEPS[slug].of(typed or {}).lines()
