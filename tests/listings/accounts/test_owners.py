"""The wizard, the review of submissions, and claims."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic
from clinics.models.practitioners import validate_npi
from core import email
from core.models import OutgoingEmail
from listings.models import Claim, Listing, Membership, Submission
from listings.models.channels import own_domain
from listings.wizard import steps
from listings.wizard.duplicates import find_practice
from tests.factories import make_clinic
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db

PRACTICE = {
    "name": "Eastside Recovery Medicine", "street": "120 East North Avenue", "city": "Baltimore", "state": "MD",
    "zip_code": "21202",
}  # fmt: skip
PHONES = {"phone": "(410) 555-0177", "website": "https://www.eastside.example/"}


def typed(**answers) -> dict:
    return {name: value if isinstance(value, list) else [value] for name, value in answers.items()}


@pytest.fixture
def owner(client):
    owner = make_owner()
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    client.force_login(owner)
    return owner


@pytest.fixture
def editor(client):
    return User.objects.create_superuser("chief", password="a sentence to log in with")


def send_in(client, owner, **answers) -> Submission:
    """A new listing with these answers, sent in."""
    client.post(reverse("listings:new_listing"))
    submission = Submission.objects.latest("pk")
    answers = {"practice": PRACTICE, "phones": PHONES} | answers
    for slug, values in answers.items():
        client.post(reverse("listings:step", args=[submission.listing_id, slug]), values)
    client.post(reverse("listings:check", args=[submission.listing_id]), {"not_a_duplicate": "yes"})
    submission.refresh_from_db()
    return submission


def change(client, listing, **answers) -> Submission:
    client.post(reverse("listings:edit", args=[listing.pk]))
    for slug, values in answers.items():
        client.post(reverse("listings:step", args=[listing.pk, slug]), values)
    client.post(reverse("listings:check", args=[listing.pk]))
    return listing.submissions.latest("pk")


def decide(client, editor, item, decision, **fields):
    client.force_login(editor)
    address = reverse(f"admin:listings_{item._meta.model_name}_change", args=[item.pk])
    assert client.get(address).status_code == 200
    client.post(address, {"decision": decision, **fields})
    item.refresh_from_db()


@pytest.mark.parametrize("text", ["1234567890", "123456789", "12345678901", "12345678é3", "0000000000"])
def test_an_npi_with_a_typo_is_refused(text):
    validate_npi("1234567893")
    with pytest.raises(ValidationError):
        validate_npi(text)


@pytest.mark.parametrize(
    ("slug", "field", "text"),
    [
        ("practice", "zip_code", "2120"),
        ("practice", "zip_code", "00000"),
        ("practice", "state", "XX"),
        ("phones", "phone", "555-0100"),
        ("phones", "website", "javascript:alert(1)"),
        ("hours", "open_hours", "whenever"),
        ("payment", "first_visit_cents", "-1"),
        ("access", "days_to_first_visit", "soon"),
        ("services", "medication", "0"),
    ],
)
def test_an_invalid_answer_is_stored_and_shown_again_with_the_reason(client, owner, slug, field, text):
    client.post(reverse("listings:new_listing"))
    listing = Listing.objects.get()
    whole = {"practice": PRACTICE, "phones": PHONES}.get(slug, {}) | {field: text}
    response = client.post(reverse("listings:step", args=[listing.pk, slug]), whole)
    assert response.status_code == 422
    assert f'href="#id_{field}' in response.content.decode()
    assert Submission.objects.get().answers[slug][field] == [text]


def test_nobody_is_named_without_consent_or_twice():
    person = {"name": "Ana Rivera", "npi": "1234567893", "license_state": "MD", "license_number": "A-1"}
    person |= {"license_expires_on": f"{timezone.localdate().year + 2}-06-30", "consented": "on"}

    def step(*people):
        data = typed(**{"people-TOTAL_FORMS": str(len(people)), "people-INITIAL_FORMS": "0"})
        for number, each in enumerate(people):
            data |= typed(**{f"people-{number}-{name}": value for name, value in each.items()})
        return steps.PractitionersStep.of(data)

    assert step(person).is_valid()
    assert not step({name: value for name, value in person.items() if name != "consented"}).is_valid()
    assert not step(person | {"license_expires_on": "2020-06-30"}).is_valid()
    assert not step(person, person).is_valid()


def test_a_submission_is_not_public_before_it_is_approved(client, owner, editor):
    submission = send_in(client, owner, access={"accepting_new_patients": "yes"})
    assert submission.listing.status == "submitted"
    assert not Clinic.objects.exists()
    decide(client, editor, submission, "approve")
    clinic = Clinic.objects.get()
    assert (clinic.name, clinic.street, clinic.phone) == (PRACTICE["name"], "120 East North Avenue", "410-555-0177")
    assert clinic.accepting_new_patients is True
    assert clinic.counseling_required is None  # not stated is no answer
    assert clinic.is_approximate
    assert set(clinic.confirmations.values_list("source", flat=True)) == {"owner"}
    assert submission.decided_by == editor
    assert list(OutgoingEmail.objects.values_list("template", flat=True).order_by("pk")) == [
        "listings/submitted",
        "listings/approved",
    ]
    for mail in OutgoingEmail.objects.all():
        email.send(mail.pk)
    assert not OutgoingEmail.objects.filter(sent_at=None).exists()


def test_the_owner_sees_that_a_submission_is_in_review(client, owner, editor):
    submission = send_in(client, owner)
    page = reverse("admin:listings_submission_change", args=[submission.pk])
    client.force_login(editor)
    assert "Take it on" in client.get(page).text
    response = client.post(page, {"decision": "take"})
    assert response["Location"] == page, "it is still to be decided"
    assert "Take it on" not in client.get(page).text
    client.force_login(owner)
    assert "In review" in client.get(reverse("listings:listing", args=[submission.listing_id])).text
    decide(client, editor, submission, "take")
    assert submission.status == "open"
    decide(client, editor, submission, "approve")
    assert submission.listing.status == "live"


def test_a_question_leads_back_to_its_step_and_a_rejection_says_why(client, owner, editor):
    submission = send_in(client, owner)
    decide(client, editor, submission, "ask")
    assert submission.status == "open"  # without the question nothing is asked
    decide(client, editor, submission, "ask", reason="Which entrance?", step="practice")
    assert submission.status == "asked"
    assert "/form/practice/" in OutgoingEmail.objects.get(template="listings/question").context["url"]
    client.force_login(owner)
    client.post(reverse("listings:check", args=[submission.listing_id]), {"not_a_duplicate": "yes"})
    submission.refresh_from_db()
    decide(client, editor, submission, "reject", reason="No license in Maryland.")
    assert (submission.status, submission.listing.status) == ("rejected", "draft")
    assert OutgoingEmail.objects.get(template="listings/rejected").context["reason"] == "No license in Maryland."


def test_sensitive_changes_wait_and_the_rest_is_live_at_once(client, owner, editor):
    listing = make_listing(owner)
    submission = change(
        client, listing, practice=PRACTICE | {"name": "New Name"}, phones=PHONES, access={"days_to_first_visit": "2"}
    )
    clinic = Clinic.objects.get()
    assert (clinic.name, clinic.phone, clinic.days_to_first_visit) == ("Sample Clinic", "410-555-0100", 2)
    assert submission.status == "open"
    decide(client, editor, submission, "approve")
    assert submission.status == "open"  # the new phone was confirmed on no second channel
    decide(client, editor, submission, "approve", confirmed_by="called 410-555-0100")
    clinic.refresh_from_db()
    assert (clinic.name, clinic.phone) == ("New Name", "410-555-0177")
    assert clinic.get_absolute_url().startswith(f"/clinics/{clinic.pk}/")


def test_a_change_without_anything_sensitive_needs_no_editor(client, owner):
    listing = make_listing(owner, make_clinic(services=["methadone", "day-treatment", "hiv-medication"]))
    before = set(listing.clinic.service_ids)
    submission = change(client, listing, hours={"open_hours": "Mon-Fri 9:00-17:00"})
    assert (submission.status, Clinic.objects.get().open_hours is not None) == ("approved", True)
    assert set(Clinic.objects.get().service_ids) == before


def test_a_likely_duplicate_is_shown_before_a_practice_is_sent_in(client, owner):
    make_clinic("Eastside Recovery", phone="410-555-0177")
    client.post(reverse("listings:new_listing"))
    listing = Listing.objects.get()
    for slug, values in {"practice": PRACTICE, "phones": PHONES}.items():
        client.post(reverse("listings:step", args=[listing.pk, slug]), values)
    response = client.post(reverse("listings:check", args=[listing.pk]))
    assert response.status_code == 422
    assert "Eastside Recovery" in response.content.decode()
    assert Submission.objects.get().status == "draft"


@pytest.mark.parametrize("text", ["Sample Clinic", "sample clnic", "410-555-0100", "(410) 555 0100", "21202"])
def test_a_practice_is_found_by_name_phone_and_zip(text):
    clinic = make_clinic()
    make_clinic("Elsewhere", zip_code="10001", phone="212-555-0100")
    assert find_practice(text) == [clinic]


def test_one_tap_confirms_everything_that_is_stated_today(client, owner):
    listing = make_listing(owner, make_clinic(services=["methadone", "medicaid"], accepting_new_patients=True))
    client.post(reverse("listings:confirm", args=[listing.pk]))
    confirmed = listing.clinic.confirmations.filter(source="owner", confirmed_by=owner)
    assert set(confirmed.values_list("fact_group", flat=True)) == {"contact", "services", "payment", "availability"}
    assert "has not been confirmed by you lately" not in page(client, listing)


def page(client, listing) -> str:
    return client.get(reverse("listings:listing", args=[listing.pk])).content.decode()


def claim(client, clinic, **facts) -> Claim:
    client.post(reverse("listings:claim_clinic", args=[clinic.pk]), facts)
    return Claim.objects.latest("pk")


def test_a_code_mailed_to_the_clinics_own_domain_proves_it(client, owner, editor):
    clinic = make_clinic(website="https://www.eastside.example/")
    page = reverse("listings:claim_clinic", args=[clinic.pk])
    assert client.post(page, {"method": "email", "email": "me@elsewhere.example"}).status_code == 422
    proof = claim(client, clinic, method="email", email="me@eastside.example")
    decide(client, editor, proof, "approve")
    assert proof.status == "started"  # no proof yet
    client.force_login(owner)
    code = OutgoingEmail.objects.get(template="listings/claim_code").context["code"]
    client.post(reverse("listings:claim", args=[proof.pk]), {"code": code})
    proof.refresh_from_db()
    decide(client, editor, proof, "approve")
    listing = Listing.objects.get(clinic=clinic)
    assert listing.status == "live"
    assert Membership.objects.get(listing=listing).user == owner


def test_an_address_at_a_shared_domain_proves_nothing():
    assert own_domain(Clinic(website="https://www.facebook.com/clinic")) == ""
    assert own_domain(Clinic(website="https://clinic.wixsite.com/home")) == ""
    assert own_domain(Clinic(website="https://www.eastside.example/a")) == "eastside.example"


def test_only_editors_see_a_document_and_the_decision_deletes_it(
    client, owner, editor, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    page = SimpleUploadedFile("license.pdf", b"%PDF-1.7 license")
    other = SimpleUploadedFile("license.pdf", b"<html>")
    clinic = make_clinic()
    address = reverse("listings:claim_clinic", args=[clinic.pk])
    assert client.post(address, {"method": "document", "document": other}).status_code == 422
    proof = claim(client, clinic, method="document", document=page)
    document = reverse("admin:listings_claim_document", args=[proof.pk])
    assert client.get(document).status_code == 302  # to the admin's log-in
    name = proof.document.name
    client.force_login(editor)
    assert b"".join(client.get(document).streaming_content).startswith(b"%PDF")
    assert default_storage.exists(name)
    with django_capture_on_commit_callbacks(execute=True):
        decide(client, editor, proof, "reject", reason="It is of another place.")
    assert not default_storage.exists(name)
    assert client.get(document).status_code == 404


def test_the_owner_answers_by_one_tap_what_readers_near_the_clinic_filter_by(client, owner, editor):
    submission = send_in(client, owner, access={"accepting_new_patients": "yes"}, visit={"id_needed": "no"})
    decide(client, editor, submission, "approve")
    client.force_login(owner)
    listing = submission.listing
    page = client.get(reverse("listings:listing", args=[listing.pk])).text
    asked = re.findall(r'name="answer" value="(\w+)=', page)
    assert list(dict.fromkeys(asked)) == ["days_to_first_visit", "referral_needed", "urine_test_first_visit"]
    path = reverse("listings:answer", args=[listing.pk])
    assert (
        "Saved: How many days until the first visit?"
        in client.post(path, {"answer": "days_to_first_visit=1"}, follow=True).text
    )
    client.post(path, {"answer": "days_to_first_visit=7"})  # another tab still shows the question
    client.post(path, {"answer": "street=Elsewhere"})
    clinic = Clinic.objects.get()
    assert (clinic.days_to_first_visit, clinic.accepting_new_patients) == (7, True)
    assert clinic.answers == {"id_needed": False}
    assert clinic.answers_stated["id_needed"][0] == "owner"
    assert clinic.street == "120 East North Avenue"
