"""NPI or name first: what the register knows fills in the form, and its owner confirms or changes each answer."""

import pytest
from django.urls import reverse

from clinics.models import RegisteredPlace, RegisteredProvider
from clinics.verification.lock import Writer
from core.rate_limits import LIMITS, Limit
from listings.models import Listing, Submission
from listings.wizard import steps
from listings.wizard.publishing import publish
from tests.listings.accounts.test_owners import PHONES, PRACTICE, owner
from tests.listings.wizard.forms import page, save

__all__ = ["owner"]  # a fixture
pytestmark = pytest.mark.django_db
PERSON, CLINIC = "1234567893", "1245319599"


@pytest.fixture
def register(settings):
    settings.NPPES_LOOKUP = "table"
    place = {"street": "120 EAST NORTH AVENUE", "city": "BALTIMORE", "state": "MD", "zip_code": "21202"}
    names = {PERSON: "ANA RIVERA", CLINIC: "HARBOR METHADONE CENTER"}
    for npi, name in names.items():
        RegisteredProvider.objects.create(npi=npi, name=name, searched=name, is_person=npi == PERSON)
        RegisteredPlace.objects.create(npi=npi, phone="410-555-0177", **place)
    facts = {"credentials": "M.D.", "license_number": "D-77", "license_state": "MD", "taxonomy": "207RA0401X"}
    RegisteredProvider.objects.filter(npi=PERSON).update(**facts)
    RegisteredProvider.objects.filter(npi=CLINIC).update(taxonomy="261QM2800X")


def begin(client, **typed) -> Listing:
    answer = client.post(reverse("listings:new_listing"), typed)
    assert answer.status_code == 302
    return Listing.objects.latest("pk")


def choose(client, listing, number: int = 0):
    address = reverse("listings:step", args=[listing.pk, "npi"])
    return client.post(address, {"match": str(number)})


def answers_of(listing) -> dict:
    return Submission.objects.get(listing=listing).answers


def test_an_npi_of_a_clinic_fills_in_address_phone_and_what_it_does(client, owner, register):
    listing = begin(client, npi_or_name=CLINIC)
    assert choose(client, listing)["Location"].endswith("/form/practice/")
    answers = answers_of(listing)
    assert answers["practice"] == {
        "name": ["Harbor Methadone Center"], "street": ["120 East North Avenue"], "city": ["Baltimore"],
        "state": ["MD"], "zip_code": ["21202"],
    }  # fmt: skip
    assert answers["phones"] == {"phone": ["410-555-0177"]}
    assert "practitioners" not in answers
    assert page(client, listing, "medicines").sent["chosen"] == ["methadone", "otp"]
    assert page(client, listing, "setting").sent["chosen"] == ["visits"]


def test_an_npi_of_a_person_fills_in_the_practitioner_and_not_the_name_of_the_practice(client, owner, register):
    listing = begin(client, npi_or_name="Rivera", npi_state="MD")
    choose(client, listing)
    sent = page(client, listing, "practitioners").sent
    found = {name.removeprefix("people-0-"): value for name, [value] in sent.items() if name.startswith("people-0-")}
    assert found | {"name": "Ana Rivera", "npi": PERSON, "credentials": "MD"} == found
    assert found | {"license_state": "MD", "license_number": "D-77", "license_expires_on": ""} == found
    assert "people-0-consented" not in sent  # nobody is named who has not agreed
    assert "name" not in answers_of(listing)["practice"]


def test_nothing_that_the_register_filled_in_is_sent_before_its_owner_has_saved_it(client, owner, register):
    listing = begin(client, npi_or_name=CLINIC)
    choose(client, listing)
    check = reverse("listings:check", args=[listing.pk])
    assert "Is it right?" in client.get(reverse("listings:step", args=[listing.pk, "phones"])).text
    for slug in ("practice", "phones", "medicines"):
        assert client.post(check, {"not_a_duplicate": "yes"}).status_code == 422
        assert save(client, listing, slug).status_code == 302
    tasks = client.get(reverse("listings:tasks", args=[listing.pk])).context["asked"]
    assert [task.page.slug for task in tasks if task.status == "look"] == ["setting"]
    save(client, listing, "setting", chosen=["visits", "live-in"])
    assert client.post(check, {"not_a_duplicate": "yes"}).status_code == 302
    assert Submission.objects.get().status == "open"


def test_what_an_owner_typed_stays_and_another_match_replaces_only_what_the_first_filled_in(client, owner, register):
    listing = begin(client)
    client.post(reverse("listings:step", args=[listing.pk, "phones"]), PHONES)
    save(client, listing, "npi", npi_or_name=PERSON)
    choose(client, listing)
    save(client, listing, "practice", name="Rivera Medicine", city="Towson")
    RegisteredPlace.objects.filter(npi=CLINIC).update(street="9 ELM STREET", city="DUNDALK", phone="410-555-0188")
    save(client, listing, "npi", npi_or_name=CLINIC)
    choose(client, listing)
    practice = answers_of(listing)["practice"]
    assert (practice["name"], practice["city"], practice["street"]) == (
        ["Rivera Medicine"],
        ["Towson"],
        ["9 Elm Street"],
    )
    assert answers_of(listing)["phones"]["phone"] == [PHONES["phone"]]


def test_without_a_register_all_is_typed_and_nothing_is_lost(client, owner, settings):
    assert settings.NPPES_LOOKUP == "off"
    assert "What you type here stays on this site." in client.get(reverse("listings:new_listing")).text
    listing = begin(client, npi_or_name="Eastside Recovery", npi_state="MD")
    assert answers_of(listing)["practice"] == {"name": ["Eastside Recovery"], "state": ["MD"]}
    client.post(reverse("listings:step", args=[listing.pk, "practice"]), PRACTICE)
    save(client, listing, "npi", npi_or_name="Another")
    assert answers_of(listing)["practice"]["name"] == [PRACTICE["name"]]


def test_a_register_that_does_not_answer_leads_on_to_typing(client, owner, settings):
    settings.NPPES_LOOKUP, settings.NPPES_URL = "api", "http://127.0.0.1:1/"
    assert "is sent to the public NPI registry" in client.get(reverse("listings:new_listing")).text
    listing = begin(client, npi_or_name="Eastside Recovery")
    shown = client.get(reverse("listings:step", args=[listing.pk, "practice"])).text
    assert "does not answer now" in shown
    assert 'value="Eastside Recovery"' in shown


def test_a_name_that_the_register_does_not_know_is_typed_on(client, owner, register):
    listing = begin(client, npi_or_name="Eastside Recovery", npi_state="MD")
    shown = client.get(reverse("listings:step", args=[listing.pk, "practice"])).text
    assert "has nothing like it" in shown
    assert answers_of(listing)["practice"] == {"name": ["Eastside Recovery"], "state": ["MD"]}


def test_an_npi_with_a_typo_is_refused_before_there_is_a_draft(client, owner, register):
    answer = client.post(reverse("listings:new_listing"), {"npi_or_name": "1234567890"})
    assert answer.status_code == 422
    assert "its last digit does not fit" in answer.text
    assert not Listing.objects.exists()


def test_a_match_that_was_not_found_fills_in_nothing(client, owner, register):
    listing = begin(client, npi_or_name=CLINIC)
    for number in ("9", "-1", "x", "²"):
        client.post(reverse("listings:step", args=[listing.pk, "npi"]), {"match": number, "npi_or_name": CLINIC})
    assert set(answers_of(listing)) == {"npi"}


def test_what_was_typed_to_look_it_up_is_published_nowhere(client, owner, register):
    listing = begin(client, npi_or_name=CLINIC, npi_state="VA")
    choose(client, listing)
    for slug in ("practice", "phones", "medicines", "setting"):
        save(client, listing, slug)
    client.post(reverse("listings:check", args=[listing.pk]), {"not_a_duplicate": "yes"})
    clinic = publish(Submission.objects.get(), steps.STEPS, owner, Writer.EDITOR)
    assert (clinic.state, clinic.name) == ("MD", "Harbor Methadone Center")


def test_who_has_asked_the_register_often_types_instead(client, owner, register, monkeypatch):
    monkeypatch.setitem(LIMITS, "register by account", Limit(1, 60))
    listing = begin(client, npi_or_name=CLINIC)
    address = reverse("listings:step", args=[listing.pk, "npi"])
    page = client.post(address, {"npi_or_name": PERSON}, follow=True)
    assert "You have asked the register of NPIs often" in page.text
    assert page.redirect_chain[-1][0].endswith("/form/practice/")
    assert answers_of(listing)["npi"]["npi_or_name"] == [PERSON]  # what was typed stays
