"""Facts get visibly older: every surface at 89, 90, 91 and 180 days, with a frozen clock."""

import re
from datetime import UTC, date, datetime

import pytest
import time_machine
from django.conf import settings

from clinics.dashboard import stale_share
from clinics.models import Clinic, Confirmation
from clinics.verification.call_list import waiting
from clinics.verification.freshness import Freshness, freshness
from clinics.verification.reconfirmation import due_clinics
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
SAID_ON = date(2026, 1, 1)
FILTERS = ("accepting-new-patients", "within-48-hours", "medication-first-visit", "no-counseling-required")
STATED = {
    "accepting_new_patients": True,
    "days_to_first_visit": 1,
    "medication_at_first_visit": True,
    "counseling_required": False,
    "telehealth_states": ["MD"],
    "first_visit_cents": 9_500,
    "desk_languages": ["spanish"],
    "walk_in_hours": ((540, 1020),),
}


def after(days: int):
    """Noon in New York, so many days after it was said."""
    return time_machine.travel(
        datetime.fromordinal(SAID_ON.toordinal() + days).replace(hour=17, tzinfo=UTC), tick=False
    )


@pytest.fixture
def clinic():
    clinic = make_clinic(**STATED)
    for group in ("contact", "availability", "hours"):
        Confirmation.objects.create(clinic=clinic, fact_group=group, source="owner", confirmed_on=SAID_ON)
    return clinic


def words_of(client, path) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "Name, address and phone: confirmed by the clinic today"),
        (1, "Name, address and phone: confirmed by the clinic 1 day ago"),
        (12, "Name, address and phone: confirmed by the clinic 12 days ago"),
        (89, "Name, address and phone: confirmed by the clinic 89 days ago"),
        (90, "phone: confirmed by the clinic on Jan. 1, 2026, 90 days ago, not confirmed since"),
        (91, "phone: confirmed by the clinic on Jan. 1, 2026, 91 days ago, not confirmed since"),
        (180, "phone: confirmed by the clinic on Jan. 1, 2026, 180 days ago, not confirmed since"),
    ],
)
def test_the_page_says_how_long_ago_the_clinic_said_so(client, clinic, days, words):
    with after(days):
        assert words in words_of(client, clinic.get_absolute_url())
        card = words_of(client, "/clinics/?near=21202&radius=any")
        assert words.split("phone: ")[1] in card


@pytest.mark.parametrize(
    ("source", "edition", "words"),
    [
        ("samhsa-directory", "2024", "from SAMHSA's 2024 directory, not confirmed since"),
        ("samhsa-otp", "2020-07-04", "from SAMHSA's 2020-07-04 OTP directory, not confirmed since"),
        ("findtreatment", "", "from FindTreatment.gov, not confirmed since"),
        ("called", "", "from a call to the clinic, not confirmed since"),
    ],
)
def test_a_copied_fact_names_its_list_and_says_that_nobody_confirmed_it(client, source, edition, words):
    clinic = make_clinic()
    Confirmation.objects.create(clinic=clinic, fact_group="contact", source=source, edition=edition)
    assert words in words_of(client, clinic.get_absolute_url()).replace("&#x27;", "'")


@pytest.mark.parametrize(("days", "known"), [(89, True), (90, True), (91, True), (179, True), (180, False)])
def test_availability_is_unknown_on_page_filters_and_json_from_the_180th_day(client, clinic, days, known):
    with after(days):
        page = words_of(client, clinic.get_absolute_url())
        assert ("Takes new patients" in page) is known
        assert ("by phone or video if you are in MD" in page) is known
        assert ("$95" in page) is known
        assert ("180 days ago: too long ago to rely on, so ask" in page) is not known
        assert "Takes no new patients" not in page
        assert ("Takes new patients" in words_of(client, "/clinics/?near=21202&radius=any")) is known
        assert ("Takes new patients" in words_of(client, f"/clinics/compare/?id={clinic.pk}")) is known
        for slug in (*FILTERS, "telehealth-in-my-state"):
            answer = client.get("/clinics/", {"near": "21202", "access": slug, "format": "json"}).json()
            assert answer["count"] == (1 if known else 0), slug
            assert answer["facets"]["access"][slug] == (1 if known else 0), slug
        answer = client.get("/clinics/", {"near": "21202", "access": "walk-in", "format": "json"}).json()
        assert answer["count"] == 1  # hours are a group of their own
        [found] = answer["results"]
        assert found["access"]["accepting_new_patients"] is (True if known else None)
        assert found["access"]["telehealth_states"] == (["MD"] if known else None)
        assert found["access"]["desk_languages"] == (["spanish"] if known else None)


def test_availability_too_old_to_show_is_kept_and_returns_with_a_confirmation(client, clinic):
    with after(200):
        clinic.confirmations.filter(fact_group="availability").update(confirmed_on=date(2026, 7, 20))
        assert "Takes new patients" in words_of(client, clinic.get_absolute_url())


def test_facts_of_a_list_without_a_day_do_not_age_out(client):
    clinic = make_clinic(accepting_new_patients=True)
    Confirmation.objects.create(clinic=clinic, fact_group="availability", source="demo")
    with after(1000):
        assert "Takes new patients" in words_of(client, clinic.get_absolute_url())


def test_a_stale_copy_of_a_clinic_cannot_bring_back_an_old_day(clinic):
    copy = Clinic.objects.get(pk=clinic.pk)
    clinic.confirmations.filter(fact_group="availability").update(confirmed_on=date(2026, 3, 1))
    copy.save()
    assert Clinic.objects.get(pk=clinic.pk).availability_confirmed_on == date(2026, 3, 1)
    clinic.confirmations.all().delete()
    assert Clinic.objects.get(pk=clinic.pk).availability_confirmed_on is None


@pytest.fixture
def reachable(clinic):
    clinic.contact_email = "desk@clinic.example"
    clinic.save()
    return clinic


@pytest.mark.parametrize(
    ("reconfirm_after_days", "days", "is_stale"),
    [(90, 89, False), (90, 90, True), (90, 91, True), (30, 29, False), (30, 30, True), (400, 399, False)],
)
def test_page_list_mail_call_list_and_metrics_agree_on_the_day_a_contact_becomes_stale(
    client, reachable, settings, reconfirm_after_days, days, is_stale
):
    settings.RECONFIRM_AFTER_DAYS = reconfirm_after_days
    with after(days):
        page = words_of(client, reachable.get_absolute_url())
        assert bool(re.search("Name, address and phone: confirmed by [^<]*, not confirmed since", page)) is is_stale
        assert due_clinics().exists() is is_stale
        assert waiting().exists() is is_stale
        assert stale_share() == is_stale
        assert Clinic.objects.stale().exists() is is_stale
        contact = reachable.confirmations.filter(fact_group="contact")
        assert contact.fresh().exists() is not is_stale
        assert freshness(contact.get().confirmed_on) is (Freshness.STALE if is_stale else Freshness.FRESH)


def test_a_contact_that_no_person_confirmed_is_stale_on_every_surface(reachable):
    reachable.confirmations.filter(fact_group="contact").update(confirmed_on=None)
    assert due_clinics().exists()
    assert waiting().exists()
    assert stale_share() == 1
    assert freshness(None) is Freshness.STALE


def test_one_module_reads_the_thresholds():
    readers = [
        str(path.relative_to(settings.BASE_DIR))
        for folder in ("config", "core", "clinics", "listings", "articles", "templates")
        for path in sorted((settings.BASE_DIR / folder).rglob("*"))
        if path.suffix in (".py", ".html", ".txt")
        and re.search(r"RECONFIRM_AFTER_DAYS|UNKNOWN_AFTER_DAYS", path.read_text())
    ]
    assert readers == ["config/settings.py", "clinics/verification/freshness.py"]
