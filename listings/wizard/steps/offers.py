"""What the practice offers and how a patient starts there. Changes of these go live at once."""

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.availability import DESK_LANGUAGES, STATE_BITS
from clinics.models import Clinic, Service
from clinics.models.clinic import SHOWN_CHARACTERS
from clinics.models.services import columns_of
from clinics.questions.forms import QuestionFields
from clinics.questions.kinds import form_field
from clinics.questions.registry import OWN, QUESTIONS
from clinics.questions.stated import asked_of
from clinics.states import state_names
from core.forms import DollarsField, YesNoUnknownField, without_contacts
from core.owner_texts import length_text
from listings.wizard.steps.base import DeniedField, ServicesField, Step
from listings.wizard.steps.hours import OWN_QUESTIONS as OF_HOURS

MOST_CHARACTERS = 4000  # of a description
MAIN_PAYMENTS = ("medicaid", "medicare", "private-insurance", "cash")
# The ten that are spoken most at home in the United States, with sign language.
ASKED_LANGUAGES = ("english", "spanish")
COMMON_LANGUAGES = ("chinese", "tagalog", "vietnamese", "arabic", "french", "korean", "russian", "sign-language")
# Of the folded questions about the first visit, by their group in the registry.
HEADINGS = {
    "medicine": _("Medicine"),
    "who": _("Whom you take, and what they bring"),
    "cost": _("Cost"),
    "when": _("When"),
    "way": _("Getting there"),
}


class ServicesStep(Step):
    slug, title = "services", _("Services and medications")
    medication = ServicesField("medication", label=_("Medications for opioid use disorder"))
    setting = ServicesField("setting", label=_("Where and how"))
    care = ServicesField("care", label=_("Care"))
    program = ServicesField("program", label=_("Programs for"))
    age = ServicesField("age", label=_("Ages and genders"))
    denied = DeniedField(
        label=_("What you do not do"),
        help_text=_("Your page says so. A no about opioid use also leaves you out of searches for its treatment."),
    )

    clashes: list[tuple[Service, list[Service]]] = []  # each no, with what is offered in spite of it

    def clean(self):
        """Nobody can both offer a thing and say no to it."""
        answers = super().clean() or self.cleaned_data
        chosen = [pk for values in answers.values() for pk in values]
        self.clashes = _clashes(list(Service.objects.in_bulk(chosen).values()))
        for denial, contradicted in self.clashes if "denied" in answers else ():
            self.add_error("denied", clash_text(denial, [gettext(service.name) for service in contradicted]))
        return answers


def _clashes(services: list[Service]) -> list[tuple[Service, list[Service]]]:
    clashes = []
    offered = [service for service in services if not service.denied]
    for denial in (service for service in services if service.denied):
        kept = columns_of([denial, *offered])["service_ids"]
        if contradicted := [service for service in offered if service.pk not in kept]:
            clashes.append((denial, contradicted))
    return clashes


def clash_text(denial: Service, offers: list[str]) -> str:
    """`offers`: in the words in which they were ticked."""
    names = {"no": gettext(denial.name), "offers": ", ".join(offers)}
    return gettext("“%(no)s” contradicts what you ticked: %(offers)s. Untick one of the two.") % names


class PaymentStep(Step):
    slug, title = "payment", _("How people pay")
    payment = ServicesField("payment", main=MAIN_PAYMENTS, fold=_("Other ways to pay"), label=_("Ways to pay"))
    assistance = ServicesField("assistance", main=("sliding-scale",), fold=_("More help"), label=_("Help with paying"))
    first_visit_cents = DollarsField(
        label=QUESTIONS["first_visit_cents"].question.lazy,
        required=False,
        help_text=_("0: free. Empty: not stated."),
    )


def _desk_languages() -> list[tuple]:
    """Two are asked of all, the other common ones and the rest are folded."""

    def of(slugs) -> list[tuple]:
        return [(slug, DESK_LANGUAGES[slug]) for slug in slugs]

    rest = [slug for slug in DESK_LANGUAGES if slug not in (*ASKED_LANGUAGES, *COMMON_LANGUAGES)]
    return [
        *of(ASKED_LANGUAGES),
        (gettext("Other common languages"), of(COMMON_LANGUAGES)),
        (gettext("More languages"), of(rest)),
    ]


class LanguagesStep(Step):
    slug, title = "languages", _("Languages")
    desk_languages = forms.MultipleChoiceField(
        label=_("At the front desk and on the phone"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: _desk_languages(),
    )
    language = ServicesField("language", fold=_("Languages of treatment"), label=_("In treatment"))


class AccessStep(Step):
    """Asked on two pages of the form, `StartPage` and `TelehealthPage`."""

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

    def folds(self):
        """By the question of a clinic's page beside which an answer is said."""
        headings = dict.fromkeys(OWN[name].group for name in self.question_names)
        for group in headings:
            fields = [self[name] for name in self.question_names if OWN[name].group == group]
            yield HEADINGS[group], fields, any(field.errors for field in fields)

    @property
    def shown_fields(self):
        return []

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        if clinic := self.practice:
            self.ask_only(asked_of(clinic))
        for name in OF_HOURS:
            self.fields.pop(name, None)
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
        # Not max_length, of which a browser makes a limit that cuts what is pasted, without a word.
        validators=[MaxLengthValidator(MOST_CHARACTERS), without_contacts],
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=format_lazy(
            _(
                "Plain text, at most {free} characters, with a paid plan {paid}. Say what you do. Phone numbers and "
                "links are refused: each has a field that we check. An editor reads claims such as “the best” or "
                "“guaranteed” first."
            ),
            free=f"{SHOWN_CHARACTERS:,}",
            paid=f"{MOST_CHARACTERS:,}",
        ),
    )

    def __init__(self, data=None, **options):
        super().__init__(data, **options)
        if text := self.data.get("description", ""):
            is_paid = self.listing is not None and self.listing.is_paid
            count = length_text(text.strip(), MOST_CHARACTERS if is_paid else SHOWN_CHARACTERS)
            self.fields["description"].help_text = format_lazy("{}. {}", count, self.fields["description"].help_text)

    def clean_description(self):
        """At most what the plan shows. A longer text from a former plan may stay; readers see its beginning."""
        text = self.cleaned_data["description"]
        clinic = self.listing.clinic if self.listing else None
        is_unchanged = clinic is not None and text == clinic.description
        if self.listing and not self.listing.is_paid and len(text) > SHOWN_CHARACTERS and not is_unchanged:
            sentence = _("These are %(count)s characters; with the free plan %(most)s are shown. Shorten it, please.")
            raise ValidationError(sentence, "long", {"count": len(text), "most": f"{SHOWN_CHARACTERS:,}"})
        return text
