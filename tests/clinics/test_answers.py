"""The five answers of a clinic's page: a yes, a no and what nobody states are three things, each with its source."""

from datetime import UTC, date, datetime
from html import unescape

import pytest
import time_machine
from django.utils.html import strip_tags
from django.utils.translation import override

from clinics.answers import FREE, HELP_WITH_PAYING, INJECTIONS, PAYMENTS, Answers, answers_of
from clinics.models import Clinic, Confirmation, FactGroup
from clinics.offers import offers_of
from clinics.questions.on_the_phone import TO_ASK
from clinics.search import facets, treats
from clinics.typed_hours import parse_week
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
MONDAY_10_IN_BALTIMORE = datetime(2026, 1, 5, 15, 0, tzinfo=UTC)


def answers(clinic: Clinic) -> Answers:
    confirmations = {confirmation.fact_group: confirmation for confirmation in clinic.confirmations.all()}
    return answers_of(clinic, offers_of(clinic), confirmations)


def told(clinic: Clinic, name: str) -> str:
    """What a clinic says to one question, without its sources."""
    return unescape(strip_tags(" ".join(said.text for said in getattr(answers(clinic), name).said)))


def asked(clinic: Clinic) -> set[str]:
    questions = {str(question): what for what, question in TO_ASK.items()}
    return {questions[question] for question in answers(clinic).to_ask}


# Gives medicine?


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        (["buprenorphine-with-naloxone"], "Yes: buprenorphine (Suboxone)."),
        (["methadone", "prescribes-buprenorphine"], "Yes: buprenorphine (Suboxone) and methadone."),
        (["naltrexone-injection"], "Yes: naltrexone. As an injection: Vivitrol."),
        (
            ["buprenorphine-injection", "naltrexone-injection"],
            "Yes: buprenorphine (Suboxone) and naltrexone. As an injection: Sublocade, Brixadi, Vivitrol.",
        ),
        (["prescribes-buprenorphine-or-naltrexone"], "Yes. It does not say which."),
        (["does-not-treat-opioid-use-disorder"], "No. Says it does not treat opioid use disorder."),
        (
            ["no-medication-for-opioid-use-disorder", "outpatient"],
            "No. Says it does not use medication for opioid use disorder.",
        ),
        (
            ["accepts-outside-medication"],
            "Does not say it prescribes. You may bring medicine from another doctor.",
        ),
        (["outpatient"], ""),
    ],
)
def test_the_answer_about_medicine_is_what_the_services_state(services, sentence):
    assert told(make_clinic(services=services, gives_medicine=False), "medicine") == sentence


@pytest.mark.parametrize(
    ("services", "what"),
    [
        (["outpatient"], {"medicine"}),
        (["accepts-outside-medication"], {"medicine"}),
        (["prescribes-buprenorphine-or-naltrexone"], {"which medicine"}),
        (["methadone"], set()),
        (["no-medication-for-opioid-use-disorder"], set()),
    ],
)
def test_the_medicine_is_asked_for_where_it_is_not_stated(services, what):
    clinic = make_clinic(services=services, gives_medicine=False)
    assert asked(clinic) & {"medicine", "which medicine"} == what


def test_whoever_says_that_it_does_not_treat_opioid_use_is_asked_nothing():
    assert asked(make_clinic(services=["does-not-treat-opioid-use-disorder"])) == set()


@pytest.mark.parametrize(
    ("facts", "sentences", "what"),
    [
        ({"medication_at_first_visit": True}, "You can start it at the first visit.", {"counseling"}),
        ({"medication_at_first_visit": False}, "You cannot start it at the first visit.", {"counseling"}),
        ({"counseling_required": True}, "Counseling is required.", {"medicine at first visit"}),
        ({"counseling_required": False}, "You need no counseling for it.", {"medicine at first visit"}),
        ({}, "", {"medicine at first visit", "counseling"}),
    ],
)
def test_what_comes_with_the_medicine_is_a_yes_a_no_or_a_question(facts, sentences, what):
    clinic = make_clinic(services=["methadone"], **facts)
    assert told(clinic, "medicine") == f"Yes: methadone. {sentences}".strip()
    assert asked(clinic) & {"medicine at first visit", "counseling"} == what


@pytest.mark.parametrize("services", [["outpatient"], ["accepts-outside-medication"]])
def test_how_a_medicine_is_started_is_not_told_where_none_is_stated(services):
    facts = {"medication_at_first_visit": True, "counseling_required": False}
    clinic = make_clinic(services=services, gives_medicine=False, **facts)
    assert "first visit" not in told(clinic, "medicine")
    assert "counseling" not in told(clinic, "medicine")
    assert {"medicine", "medicine at first visit", "counseling"} <= asked(clinic)


# Takes me?


@pytest.mark.parametrize(
    ("accepting", "sentence", "is_asked"),
    [(True, "Takes new patients.", False), (False, "Takes no new patients now.", False), (None, "", True)],
)
def test_new_patients_are_taken_or_not_or_it_is_asked(accepting, sentence, is_asked):
    clinic = make_clinic(accepting_new_patients=accepting)
    assert told(clinic, "who") == sentence
    assert ("new patients" in asked(clinic)) is is_asked


@pytest.mark.parametrize(
    ("services", "sentence"),
    [
        (["veterans-affairs"], "For enrolled veterans."),
        (["opioid-only"], "Serves only people with opioid use disorder."),
        (["adults", "young-adults"], "Ages: adults, young adults."),
        (["accepts-women"], "Accepts women."),
        (["accepts-women", "accepts-men"], ""),
        (["spanish", "german"], "Languages: Spanish."),
    ],
)
def test_whom_it_leaves_out_is_told(services, sentence):
    assert told(make_clinic(services=services), "who") == sentence


def test_ages_that_look_wrong_are_asked():
    assert "ages" in asked(make_clinic(services=["ages-to-check"]))
    assert "ages" not in asked(make_clinic(services=["adults"]))


def test_a_reader_of_spanish_asks_for_it_where_nobody_states_it():
    silent, desk = make_clinic(), make_clinic(desk_languages=["english", "spanish"])
    listed = make_clinic(services=["spanish"])
    assert told(desk, "who") == "Languages at the desk: English, Spanish."
    assert not any("spanish" in asked(clinic) for clinic in (silent, desk, listed))
    with override("es"):
        assert ["spanish" in asked(clinic) for clinic in (silent, desk, listed)] == [True, False, False]


# What does it cost?


@pytest.mark.parametrize(
    ("services", "cents", "sentence", "is_asked"),
    [
        ([], None, "", True),
        ([], 0, "The first visit is free without insurance.", False),
        ([], 112_050, "The first visit costs $1,120.50 without insurance.", False),
        (["medicaid"], None, "Takes Medicaid.", True),
        (["cash", "medicaid", "private-insurance"], None, "Takes Medicaid, private insurance and cash.", True),
        (["no-charge"], None, "Free: it takes no payment.", False),
        (["sliding-scale"], None, "You pay by your income (sliding scale).", True),
        (["payment-assistance"], None, "It helps with paying.", True),
    ],
)
def test_the_price_is_told_as_far_as_it_is_stated(services, cents, sentence, is_asked):
    clinic = make_clinic(services=services, first_visit_cents=cents)
    assert told(clinic, "cost") == sentence
    assert ("cost" in asked(clinic)) is is_asked


# When?


@time_machine.travel(MONDAY_10_IN_BALTIMORE, tick=False)
@pytest.mark.parametrize(
    ("facts", "sentence", "what"),
    [
        ({}, "", {"first visit", "hours", "walk-in"}),
        ({"days_to_first_visit": 0}, "First visit the same day.", {"hours", "walk-in"}),
        ({"days_to_first_visit": 12}, "First visit in 12 days.", {"hours", "walk-in"}),
        ({"accepting_new_patients": False, "days_to_first_visit": 1}, "", {"hours", "walk-in"}),
        (
            {"open_hours": parse_week("Mon-Fri 9-17")},
            "Open now until 5 p.m. Hours: Mon-Fri 9 a.m.–5 p.m.",
            {"first visit", "walk-in"},
        ),
        ({"open_hours": parse_week("24/7")}, "Open now day and night.", {"first visit", "walk-in"}),
        (
            {"walk_in_hours": parse_week("Mon 9-11")},
            "Without an appointment: Mon 9 a.m.–11 a.m.",
            {"first visit", "hours"},
        ),
        ({"walk_in_hours": ()}, "Only with an appointment.", {"first visit", "hours"}),
    ],
)
def test_when_it_is_open_and_how_soon_is_told_or_asked(facts, sentence, what):
    clinic = make_clinic(zip_code="21202", **facts)
    assert " ".join(told(clinic, "when").split()) == sentence
    assert asked(clinic) & {"first visit", "hours", "walk-in"} == what


# Where and how?


@pytest.mark.parametrize(
    ("facts", "sentence", "is_asked"),
    [
        ({}, "", True),
        ({"services": ["telehealth"]}, "Gives some care by phone or video.", True),
        ({"telehealth_states": ["MD", "VA"]}, "You can start by phone or video if you are in MD, VA.", False),
        ({"services": ["telehealth"], "telehealth_states": []}, "You cannot start by phone or video.", False),
    ],
)
def test_how_to_start_without_going_there(facts, sentence, is_asked):
    clinic = make_clinic(**facts)
    assert told(clinic, "way") == sentence
    assert ("by telehealth" in asked(clinic)) is is_asked


def test_the_address_is_asked_where_the_clinic_keeps_its_street_private():
    assert "address" in asked(make_clinic(street=""))
    assert "address" not in asked(make_clinic())


# Sources.


@time_machine.travel(MONDAY_10_IN_BALTIMORE, tick=False)
def test_each_sentence_stands_with_its_source_and_those_of_one_source_together():
    clinic = make_clinic(services=["methadone"], medication_at_first_visit=True, counseling_required=False)
    Confirmation.objects.create(clinic=clinic, fact_group="services", source="samhsa-directory", edition="2024")
    told_on = date(2025, 12, 24)
    Confirmation.objects.create(clinic=clinic, fact_group="availability", source="owner", confirmed_on=told_on)
    [listed, stated] = answers(clinic).medicine.said
    assert (strip_tags(listed.text), listed.source) == ("Yes: methadone.", "SAMHSA's 2024 directory")
    assert stated.text == "You can start it at the first visit. You need no counseling for it."
    assert stated.source == "The clinic, 12 days ago"


def test_a_fact_of_which_nobody_is_the_source_says_so():
    [said] = answers(make_clinic(services=["methadone"])).medicine.said
    assert said.source == "Source not stated"


@time_machine.travel(MONDAY_10_IN_BALTIMORE, tick=False)
@pytest.mark.parametrize(
    ("told_on", "source"),
    [
        (date(2026, 1, 5), "The clinic, today"),
        (date(2026, 1, 4), "The clinic, 1 day ago"),
        (date(2025, 8, 1), "The clinic, 157 days ago, not confirmed since"),
    ],
)
def test_a_source_grows_old_beside_its_fact(told_on, source, settings):
    settings.RECONFIRM_AFTER_DAYS = 90
    clinic = make_clinic(services=["medicaid"])
    Confirmation.objects.create(clinic=clinic, fact_group=FactGroup.PAYMENT, source="owner", confirmed_on=told_on)
    [said] = answers(clinic).cost.said
    assert said.source == source


@time_machine.travel(MONDAY_10_IN_BALTIMORE, tick=False)
def test_what_is_too_old_to_rely_on_is_asked_again(settings):
    settings.UNKNOWN_AFTER_DAYS = 180
    clinic = make_clinic(accepting_new_patients=True, days_to_first_visit=1)
    Confirmation.objects.create(
        clinic=clinic, fact_group="availability", source="owner", confirmed_on=date(2025, 6, 1)
    )
    clinic.refresh_from_db()  # the day is kept by a trigger
    assert told(clinic, "who") == told(clinic, "when") == ""
    assert {"new patients", "first visit"} <= asked(clinic)


def test_every_way_to_pay_has_words_within_a_sentence():
    """A filter that is added without them would be left out of the answer, or break the page."""
    payments = {value.slug for value in facets.GROUPS_BY_SLUG["payment"].values}
    assert {*PAYMENTS, FREE.slug} == payments
    assert set(HELP_WITH_PAYING) == {value.slug for value in facets.GROUPS_BY_SLUG["assistance"].values}
    injections = {value.slug for value in facets.MEDICATION.values if value.slug.endswith(treats.INJECTION)}
    assert set(INJECTIONS) == injections


def test_what_is_free_for_some_is_not_said_to_be_free():
    clinic = make_clinic(services=["no-charge", "medicaid", "cash"])
    assert told(clinic, "cost") == "It may be free for you. Takes Medicaid and cash."
    assert "cost" in asked(clinic)
    clinic = make_clinic(services=["no-charge"])
    assert told(clinic, "cost") == "Free: it takes no payment."
    assert "cost" not in asked(clinic)
