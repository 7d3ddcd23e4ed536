"""The page of a clinic as answers to five questions, each with who says so and when; and what is left to ask.

Yes and no are what somebody stated. What nobody states is in no answer: it is a question for the call (`to_ask`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.defaultfilters import floatformat
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.text import capfirst, get_text_list
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from clinics.audience import serves_text
from clinics.availability import DESK_LANGUAGES
from clinics.hours import readable_week
from clinics.models import Clinic, Confirmation, FactGroup, Source
from clinics.models.availability import AvailabilityFields
from clinics.models.provenance import HUMAN_SOURCES
from clinics.offers import Offers
from clinics.questions import kinds, stated
from clinics.questions.on_the_phone import questions
from clinics.questions.registry import OWN
from clinics.search import facets, treats
from clinics.search.rows import TAKES_NONE, TAKES_PATIENTS, first_visit_text, open_status_html
from clinics.search.statements import denial
from clinics.verification.freshness import age_in_short

# What a clinic takes, within a sentence.
PAYMENTS = {
    "medicaid": _("Medicaid"),
    "medicare": _("Medicare"),
    "private-insurance": _("private insurance"),
    "military-insurance": _("military insurance (TRICARE)"),
    "state-insurance": _("other health insurance of the state"),
    "tribal-funds": _("Indian Health Service or tribal programs"),
    "cash": _("cash"),
}
FREE = facets.VALUES["payment/no-charge"]
HELP_WITH_PAYING = {
    "sliding-scale": _("You pay by your income (sliding scale)."),
    "payment-assistance": _("It helps with paying."),
}
INJECTIONS = {"buprenorphine-injection": "Sublocade, Brixadi", "naltrexone-injection": "Vivitrol"}
# Services that shut others out, whose names are sentences.
ONLY = (
    "opioid-only",
    "methadone-or-buprenorphine-patients-only",
    "methadone-patients-only",
    "alcohol-only",
    "dui-only",
)
SPEAKS = ("spanish", "sign-language")  # of the languages of its services those that many readers look for


@dataclass(frozen=True)
class OfItsOwn:
    """Who says so and how long ago, of an answer that is confirmed alone."""

    source: str


@dataclass
class Reply:
    """What a clinic says to one question, and what of it is left to ask."""

    stated: list[tuple[FactGroup | OfItsOwn, str]] = field(default_factory=list)  # who vouches for it, sentence
    to_ask: set[str] = field(default_factory=set)  # names of clinics/questions/on_the_phone.py

    def say(self, voucher: FactGroup | OfItsOwn, sentence: str) -> None:
        self.stated.append((voucher, sentence))

    def ask(self, what: str) -> None:
        self.to_ask.add(what)

    def say_or_ask(self, value: bool | None, yes: str, no: str, what: str) -> None:
        if value is None:
            self.ask(what)
        else:
            self.say(FactGroup.AVAILABILITY, yes if value else no)


class Facts(NamedTuple):
    clinic: Clinic
    known: AvailabilityFields  # what it says of availability, unless that is too old
    offers: Offers


@dataclass(frozen=True)
class Said:
    """Sentences of one source."""

    text: str
    source: str  # who says so, and how long ago


@dataclass(frozen=True)
class Answer:
    question: str
    said: list[Said]


@dataclass(frozen=True)
class Answers:
    medicine: Answer
    who: Answer
    cost: Answer
    when: Answer
    way: Answer  # the address, which the page writes itself, and how to start without going there
    to_ask: list[str]


def answers_of(clinic: Clinic, offers: Offers, confirmations: dict[str, Confirmation]) -> Answers:
    replies = _replies(clinic, offers)
    answers = {
        name: Answer(str(question), _said(replies[name].stated, confirmations))
        for name, (question, _reply) in QUESTIONS.items()
    }
    # Whoever does not treat opioid use has nothing that a reader should ask for.
    is_denied = bool(clinic.treatment_bits & facets.DENIES.mask)
    asked = set[str]() if is_denied else set[str]().union(*(reply.to_ask for reply in replies.values()))
    return Answers(**answers, to_ask=questions(asked))


def sentences_of(clinic: Clinic, offers: Offers) -> dict[str, list[str]]:
    """{question: sentences}, whoever says so: to compare what a page says with what it will say."""
    replies = _replies(clinic, offers)
    return {
        str(question): [str(sentence) for _voucher, sentence in replies[name].stated]
        for name, (question, _reply) in QUESTIONS.items()
    }


def _replies(clinic: Clinic, offers: Offers) -> dict[str, Reply]:
    facts = Facts(clinic, clinic.as_known, offers)
    replies = {name: reply(facts) for name, (_question, reply) in QUESTIONS.items()}
    _say_answers(clinic, replies)
    return replies


def _said(stated: Iterable[tuple[FactGroup | OfItsOwn, str]], confirmations: dict[str, Confirmation]) -> list[Said]:
    by_source: dict[str, str] = {}
    for voucher, sentence in stated:
        source = voucher.source if isinstance(voucher, OfItsOwn) else _source(confirmations.get(voucher))
        before = by_source.get(source)
        by_source[source] = format_html("{} {}", before, sentence) if before else sentence
    return [Said(text, capfirst(source)) for source, text in by_source.items()]


def _source(confirmation: Confirmation | None) -> str:
    return confirmation.age_in_short if confirmation else gettext("source not stated")


def _say_answers(clinic: Clinic, replies: dict[str, Reply]) -> None:
    """The answers to questions of the registry, each beside the question of the page that it belongs to."""
    for question, value, source, day in stated.statements(clinic):
        confirmed_on = day if source in HUMAN_SOURCES else None  # the demo is a list, which confirms nothing
        voucher = OfItsOwn(age_in_short(Source(source), "", confirmed_on))
        replies[question.group].say(voucher, kinds.sentence(question, value))


def medicine(facts: Facts) -> Reply:
    clinic, known, reply = facts.clinic, facts.known, Reply()
    bits = clinic.treatment_bits
    if refusal := denial(clinic):
        reply.say(FactGroup.SERVICES, gettext("No. %(refusal)s.") % {"refusal": refusal})
        return reply
    if named := treats.medicines_named(bits):
        _name(named, bits, reply)
    elif bits & facets.MEDICINE.mask:
        reply.say(FactGroup.SERVICES, gettext("Yes. It does not say which."))
        reply.ask("which medicine")
    else:
        if bits & facets.ACCEPTS_OUTSIDE_MEDICATION.mask:
            reply.say(FactGroup.SERVICES, f"{treats.reason_for_no_medicine(bits, clinic.denied_bits)}.")
        # What it says of starting and of counseling is about a medicine that it may not give.
        reply.to_ask |= {"medicine", "medicine at first visit", "counseling"}
        return reply
    start, no_start = (
        gettext("You can start it at the first visit."),
        gettext("You cannot start it at the first visit."),
    )
    reply.say_or_ask(known.medication_at_first_visit, start, no_start, "medicine at first visit")
    must, need_not = gettext("Counseling is required."), gettext("You need no counseling for it.")
    reply.say_or_ask(known.counseling_required, must, need_not, "counseling")
    return reply


def _name(medicines: list[facets.FacetValue], bits: int, reply: Reply) -> None:
    names = get_text_list([f"{value.label[0].lower()}{value.label[1:]}" for value in medicines], gettext("and"))
    reply.say(FactGroup.SERVICES, format_html(gettext("Yes: {names}."), names=format_html("<b>{}</b>", names)))
    injected = [brands for slug, brands in INJECTIONS.items() if bits & facets.VALUES[f"medication/{slug}"].mask]
    if injected:
        reply.say(FactGroup.SERVICES, gettext("As an injection: %(names)s.") % {"names": ", ".join(injected)})


def who(facts: Facts) -> Reply:
    """Whether it takes somebody new, and whom it leaves out."""
    clinic, known, offers, reply = *facts, Reply()
    takes, takes_none = (format_html("<b>{}.</b>", text) for text in (TAKES_PATIENTS, TAKES_NONE))
    reply.say_or_ask(known.accepting_new_patients, takes, takes_none, "new patients")
    if serves := serves_text(clinic):
        reply.say(FactGroup.SERVICES, format_html("<b>{}.</b>", serves))
    for service in offers.services:
        if service.slug in ONLY:
            reply.say(FactGroup.SERVICES, f"{gettext(service.name)}.")
    if ages := _stated(clinic, "age"):
        named = ", ".join(str(value.label).lower() for value in ages)
        reply.say(FactGroup.SERVICES, gettext("Ages: %(ages)s.") % {"ages": named})
    elif offers.states("ages-to-check"):
        reply.ask("ages")
    genders = [each for each in offers.services if each.slug in ("accepts-women", "accepts-men")]
    if len(genders) == 1:  # the list does not say that it turns others away
        reply.say(FactGroup.SERVICES, f"{gettext(genders[0].name)}.")
    _languages(clinic, known, reply)
    return reply


def _languages(clinic: Clinic, known: AvailabilityFields, reply: Reply) -> None:
    desk = known.desk_languages or []
    if desk:
        names = ", ".join(str(DESK_LANGUAGES.get(slug, slug)) for slug in desk)
        reply.say(FactGroup.AVAILABILITY, gettext("Languages at the desk: %(names)s.") % {"names": names})
    spoken = [value for value in _stated(clinic, "language") if value.slug in SPEAKS and value.slug not in desk]
    if spoken:
        names = ", ".join(str(value.label) for value in spoken)
        reply.say(FactGroup.SERVICES, gettext("Languages: %(names)s.") % {"names": names})
    if get_language() == "es" and "spanish" not in {*desk, *(value.slug for value in spoken)}:
        reply.ask("spanish")


def cost(facts: Facts) -> Reply:
    clinic, known, reply = facts.clinic, facts.known, Reply()
    paid = {value.slug for value in _stated(clinic, "payment")}
    if known.first_visit_cents == 0:
        reply.say(FactGroup.AVAILABILITY, gettext("The first visit is free without insurance."))
    elif known.first_visit_cents:
        dollars = intcomma(floatformat(known.first_visit_dollars, "-2"))
        price = gettext("The first visit costs $%(dollars)s without insurance.") % {"dollars": dollars}
        reply.say(FactGroup.AVAILABILITY, price)
    elif paid != {FREE.slug}:
        reply.ask("cost")
    if paid == {FREE.slug}:
        reply.say(FactGroup.PAYMENT, gettext("Free: it takes no payment."))
    elif FREE.slug in paid:
        reply.say(FactGroup.PAYMENT, gettext("It may be free for you."))
    if named := [str(words) for slug, words in PAYMENTS.items() if slug in paid]:
        payments = get_text_list(named, gettext("and"))
        reply.say(FactGroup.PAYMENT, gettext("Takes %(payments)s.") % {"payments": payments})
    helps = {value.slug for value in _stated(clinic, "assistance")}
    for sentence in (words for slug, words in HELP_WITH_PAYING.items() if slug in helps):
        reply.say(FactGroup.PAYMENT, str(sentence))
    return reply


def when(facts: Facts) -> Reply:
    clinic, known, reply = facts.clinic, facts.known, Reply()
    if known.accepting_new_patients is not False:  # a wait that was stated means little once nobody new is taken
        if known.days_to_first_visit is None:
            reply.ask("first visit")
        else:
            reply.say(FactGroup.AVAILABILITY, f"{capfirst(first_visit_text(known.days_to_first_visit))}.")
    _say_hours(clinic, reply)
    return reply


def hours_as_seen(clinic: Clinic, answers: dict[str, Any]) -> list[str]:
    """What the page says of hours, a sentence each. `answers`: of its own, {key of the registry: value}."""
    reply = Reply()
    _say_hours(clinic, reply)
    for key, value in answers.items():
        if value is not None:
            reply.say(FactGroup.HOURS, kinds.sentence(OWN[key], value))
    return [sentence for _voucher, sentence in reply.stated]


def _say_hours(clinic: Clinic, reply: Reply) -> None:
    if clinic.open_hours is None:
        reply.ask("hours")
    else:
        if clinic.open_status and not (clinic.closure_now or clinic.notice_now):  # the page says these first
            status = open_status_html(clinic.open_status, get_language()).strip()
            reply.say(FactGroup.HOURS, _ended(mark_safe(status)))  # noqa: S308 - rendered from a template
        if not clinic.is_always_open:
            hours = gettext("Hours: %(hours)s") % {"hours": readable_week(clinic.open_hours)}
            reply.say(FactGroup.HOURS, _ended(hours))
    if clinic.walk_in_hours is None:
        reply.ask("walk-in")
    elif clinic.walk_in_hours:
        hours = gettext("Without an appointment: %(hours)s") % {"hours": readable_week(clinic.walk_in_hours)}
        reply.say(FactGroup.HOURS, _ended(hours))
    else:
        reply.say(FactGroup.HOURS, gettext("Only with an appointment."))


def _ended(sentence: str) -> str:
    """With a full stop, which "5 p.m." brings along."""
    return sentence if sentence.endswith(".") else format_html("{}.", sentence)


def way(facts: Facts) -> Reply:
    clinic, known, reply = facts.clinic, facts.known, Reply()
    if not clinic.street:
        reply.ask("address")
    if known.telehealth_states is None:
        if facets.mask_in(clinic, "setting") & facets.VALUES["setting/telehealth"].mask:
            reply.say(FactGroup.SERVICES, gettext("Gives some care by phone or video."))
        reply.ask("by telehealth")
    elif known.telehealth_states:
        states = {"states": ", ".join(known.telehealth_states)}
        starts = gettext("You can start by phone or video if you are in %(states)s.") % states
        reply.say(FactGroup.AVAILABILITY, starts)
    else:
        reply.say(FactGroup.AVAILABILITY, gettext("You cannot start by phone or video."))
    return reply


def _stated(clinic: Clinic, group: str) -> list[facets.FacetValue]:
    mask = facets.mask_in(clinic, group)
    return [value for value in facets.GROUPS_BY_SLUG[group].values if mask & value.mask]


# In the order of the page.
QUESTIONS: dict[str, tuple[Promise, Callable[[Facts], Reply]]] = {
    "medicine": (_("Medicine for opioids?"), medicine),
    "who": (_("Does it take me?"), who),
    "cost": (_("What does it cost?"), cost),
    "when": (_("When?"), when),
    "way": (_("Where?"), way),
}
