"""What is asked back with a box to tick, what cannot be right, and what of it waits for an editor."""

import pytest
from django import forms
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic
from listings.wizard import steps
from listings.wizard.steps.base import as_data
from listings.wizard.steps.people import PractitionerForm
from tests.factories import make_clinic
from tests.listings.accounts.test_owners import PHONES, PRACTICE, change, decide, editor, owner, send_in, typed
from tests.listings.factories import make_listing

__all__ = ["editor", "owner"]  # fixtures
pytestmark = pytest.mark.django_db


def ticked(form):
    """The same form after every box was ticked."""
    form.is_valid()
    return type(form).of(form.typed() | {"sure": [doubt.key for doubt in form.asked]})


@pytest.mark.parametrize(
    ("slug", "answers", "sentence"),
    [
        ("practice", {"zip_code": "90210"}, "ZIP code 90210 is in California, and you chose Maryland."),
        ("practice", {"street": "PO Box 12"}, "“PO Box 12” is a mailbox"),
        (
            "practice",
            {"city": "baltimore"},
            "“baltimore” has no capital letters, and readers see it so.",
        ),
        ("practice", {"street": "12  o'brien st."}, "“12 o'brien st.” has no capital letters"),
        ("practice", {"name": "The Best Clinic"}, "“Best” ranks you above others"),
        ("phones", {"website": "https://www.psychologytoday.com/us/x"}, "psychologytoday.com is another directory"),
        ("description", {"description": "We are #1"}, "“#1” ranks you above others"),
    ],
)
def test_what_is_rarely_right_is_asked_back_until_it_is_ticked(slug, answers, sentence):
    whole = {"practice": PRACTICE, "phones": PHONES}.get(slug, {}) | answers
    form = steps.STEPS[slug].of(typed(**whole))
    assert not form.is_valid()
    assert [doubt.sentence.startswith(sentence) for doubt in form.asked] == [True]
    said = ticked(form)
    assert said.is_valid(), said.errors
    assert said.flags == [doubt.sentence for doubt in form.asked]


def test_an_address_in_small_letters_is_asked_back_with_the_usual_spelling_and_without_stray_blanks():
    form = steps.STEPS["practice"].of(typed(**PRACTICE | {"street": "12   o'brien  5th st.", "city": "bel air"}))
    form.is_valid()
    usual = [doubt.sentence.partition("Usual is ")[2] for doubt in form.asked]
    assert usual == ["“12 O'Brien 5th St.”.", "“Bel Air”."]


def test_a_yes_is_to_what_was_asked_and_to_nothing_else():
    said = ticked(steps.STEPS["practice"].of(typed(**PRACTICE | {"zip_code": "90210"})))
    other = steps.STEPS["practice"].of(said.typed() | typed(zip_code="10001"))
    assert not other.is_valid()


@pytest.mark.parametrize("website", ["https://www.facebook.com/eastside", "https://notyelp.com/", ""])
def test_a_page_of_their_own_is_not_asked_back(website):
    form = steps.STEPS["phones"].of(typed(**PHONES | {"website": website}))
    assert form.is_valid(), form.errors


@pytest.mark.parametrize("phone", ["900-555-0100", "1-900-555-0100", "410-976-0100"])
def test_a_number_that_costs_its_caller_extra_is_refused(phone):
    form = steps.STEPS["phones"].of(typed(**PHONES | {"phone": phone}))
    assert not form.is_valid()
    assert "cost extra" in form.errors["phone"][0]


def test_a_license_that_lasts_too_long_is_asked_back():
    year = timezone.localdate().year
    person = {"name": "Ana Rivera", "npi": "1234567893", "license_state": "MD", "license_number": "A-1"}
    person |= {"consented": "on"}
    assert PractitionerForm(person | {"license_expires_on": f"06/30/{year + 4}"}).is_valid()
    form = PractitionerForm(person | {"license_expires_on": "06/30/9999"})
    assert not form.is_valid()
    assert form.asked[0].sentence == "A license rarely lasts until 9999."
    ticked = {"license_expires_on": "06/30/9999", "sure": [form.asked[0].key]}
    assert PractitionerForm(person | ticked).is_valid()


def test_words_that_are_kept_wait_for_an_editor_and_others_are_live_at_once(client, owner, editor):
    listing = make_listing(owner, make_clinic())
    keep = {"description": "We are #1", "sure": "description:#1"}
    submission = change(client, listing, description=keep, access={"days_to_first_visit": "2"})
    clinic = Clinic.objects.get()
    assert (submission.status, clinic.description, clinic.days_to_first_visit) == ("open", "", 2)
    client.force_login(editor)
    review = client.get(reverse("admin:listings_submission_change", args=[submission.pk])).text
    assert "“#1” ranks you above others" in review
    decide(client, editor, submission, "approve")
    assert Clinic.objects.get().description == "We are #1"


def test_the_page_shows_the_question_as_a_box(client, owner):
    submission = send_in(client, owner, practice=PRACTICE | {"zip_code": "90210"})
    assert submission.status == "draft"
    page = client.get(reverse("listings:step", args=[submission.listing_id, "practice"]) + "?look").text
    assert 'name="sure" value="zip:90210 MD"' in page.replace("\n", " ")


class NotePage(steps.Step):
    slug = part_of = "description"
    note = forms.CharField(widget=forms.Textarea)


class MottoPage(steps.Step):
    slug = part_of = "description"
    motto = forms.CharField(widget=forms.Textarea)


def test_a_yes_stays_when_another_page_of_the_same_step_is_saved():
    answers: dict = {}
    for page, field, word in ((NotePage, "note", "best"), (MottoPage, "motto", "#1"), (NotePage, "note", "#1")):
        form = page(as_data(typed(**{field: f"We are {word}", "sure": f"{field}:{word}"})), answers=answers)
        assert form.is_valid(), form.errors
        answers = {"description": form.to_store()}
    assert sorted(answers["description"]["sure"]) == ["motto:#1", "note:#1"]
    kept = NotePage(as_data(typed(note="We are here")), answers=answers).to_store()
    assert kept["sure"] == ["motto:#1"]
