"""What the practice offers and how a patient starts there. Changes of these go live at once."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.availability import DESK_LANGUAGES, STATE_BITS
from clinics.form_fields import WeekFormField
from clinics.models import Clinic, Service
from clinics.models.clinic import SHOWN_CHARACTERS
from clinics.models.services import columns_of
from clinics.questions.forms import QuestionFields
from clinics.questions.kinds import form_field
from clinics.questions.registry import QUESTIONS
from clinics.questions.stated import asked_of
from clinics.states import state_names
from core.forms import DollarsField, YesNoUnknownField
from listings.wizard.steps.base import DeniedField, ServicesField, Step

MOST_CHARACTERS = 4000  # of a description
# Refused words of a description, each with the reason.
NO_RANKS = _("“%(word)s” ranks you above others, which nobody has measured. Say what you do instead.")
NO_PROMISES = _("“%(word)s” promises a result, which no treatment can. Say how you treat instead.")
REFUSED_CLAIMS = (
    (re.compile(r"\b(?:the )?(best)\b", re.I), NO_RANKS),
    (re.compile(r"(#\s?1\b|\b(?:number|no\.?) (?:one|1)\b|\btop[- ]rated\b|\bleading\b)", re.I), NO_RANKS),
    (re.compile(r"\b(guarantee[ds]?|100 ?%)", re.I), NO_PROMISES),
    (re.compile(r"\b(cure[ds]?|curing)\b", re.I), NO_PROMISES),
)


class HoursStep(Step):
    slug, title = "hours", _("Hours")
    open_hours = WeekFormField(label=_("Open"), required=False)
    walk_in_hours = WeekFormField(
        label=QUESTIONS["walk_in_hours"].question.lazy,
        required=False,
        help_text=_("None: by appointment only. Empty: not stated."),
    )


class ServicesStep(Step):
    slug, title = "services", _("Services and medications")
    medication = ServicesField("medication", label=_("Medications for opioid use disorder"))
    setting = ServicesField("setting", label=_("Where and how"))
    care = ServicesField("care", label=_("Care"))
    program = ServicesField("program", label=_("Programs for"))
    age = ServicesField("age", label=_("Ages and genders"))
    denied = DeniedField(
        label=_("What you do not do"),
        help_text=_("Your page says so, and searches for treatment of opioid use leave you out. None: not stated."),
    )

    def clean(self):
        """Nobody can both offer a thing and say no to it."""
        answers = super().clean() or self.cleaned_data
        chosen = [pk for values in answers.values() for pk in values]
        services = Service.objects.in_bulk(chosen).values()
        kept = columns_of(services)["service_ids"]
        contradicted = [service for service in services if not service.denied and service.pk not in kept]
        if contradicted and "denied" in answers:
            names = ", ".join(gettext(service.name) for service in contradicted)
            sentence = _("You also say that you offer: %(names)s. Untick one of the two.")
            self.add_error("denied", sentence % {"names": names})
        return answers


class PaymentStep(Step):
    slug, title = "payment", _("Payment")
    payment = ServicesField("payment", label=_("Ways to pay"))
    assistance = ServicesField("assistance", label=_("Help with paying"))
    first_visit_cents = DollarsField(
        label=QUESTIONS["first_visit_cents"].question.lazy,
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
    accepting_new_patients = form_field(QUESTIONS["accepting_new_patients"], widget=forms.RadioSelect)
    days_to_first_visit = form_field(QUESTIONS["days_to_first_visit"])
    medication_at_first_visit = form_field(QUESTIONS["medication_at_first_visit"], widget=forms.RadioSelect)
    counseling_required = form_field(QUESTIONS["counseling_required"], widget=forms.RadioSelect)
    telehealth = YesNoUnknownField(label=_("Can a patient start by phone or video?"), widget=forms.RadioSelect)
    telehealth_states = forms.MultipleChoiceField(
        label=_("In which states?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(code, name) for code, name in state_names().items() if code in STATE_BITS],
    )

    def clean(self):
        super().clean()
        data = self.cleaned_data
        if data.get("telehealth") and not data.get("telehealth_states"):
            self.add_error("telehealth_states", _("Choose the states whose residents can start by telehealth."))
        if data.get("telehealth") is False:
            data["telehealth_states"] = []
        elif data.get("telehealth") is None:
            data["telehealth_states"] = None
        return data


class VisitStep(QuestionFields, Step):
    """The questions of the registry that are for a practice of this kind; each may stay open."""

    slug, title = "visit", _("The first visit")

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        if clinic := self.practice:
            self.ask_only(asked_of(clinic))
        for name in self.question_names:
            self.fields[name].label = QUESTIONS[name].question.lazy

    @property
    def practice(self) -> Clinic | None:
        """What is known of the practice so far; None before it said what it offers."""
        chosen = [pk for name, pks in self.answers.get("services", {}).items() for pk in pks if pk.isdigit()]
        if chosen:
            return Clinic(**columns_of(Service.objects.filter(pk__in=chosen)))
        return self.listing.clinic if self.listing else None


class DescriptionStep(Step):
    slug, title = "description", _("In your own words")
    description = forms.CharField(
        label=_("What should a patient know? (optional)"),
        required=False,
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=format_lazy(
            _(
                "Plain text, at most {free} characters, with a paid plan {paid}. Say what you do; ranks and promises "
                "are refused."
            ),
            free=f"{SHOWN_CHARACTERS:,}",
            paid=f"{MOST_CHARACTERS:,}",
        ),
    )

    def clean_description(self):
        """At most what the plan shows. A longer text from a former plan may stay; readers see its beginning."""
        text = self.cleaned_data["description"]
        clinic = self.listing.clinic if self.listing else None
        is_unchanged = clinic is not None and text == clinic.description
        if self.listing and not self.listing.is_paid and len(text) > SHOWN_CHARACTERS and not is_unchanged:
            sentence = _("These are %(count)s characters; with the free plan %(most)s are shown. Shorten it, please.")
            raise ValidationError(sentence, "long", {"count": len(text), "most": f"{SHOWN_CHARACTERS:,}"})
        found = [(match[1], reason) for pattern, reason in REFUSED_CLAIMS if (match := pattern.search(text))]
        if found:
            raise ValidationError([ValidationError(reason % {"word": word}, "claim") for word, reason in found])
        return text
