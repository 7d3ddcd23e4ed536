"""What the answers of a form write to the clinic once they are published."""

import pytest
from django.urls import reverse

from clinics.models import Clinic, Correction, FactGroup, Service, Source
from clinics.search import facets
from clinics.verification.lock import Writer
from clinics.verification.reports import store_report
from listings.models import Submission
from listings.wizard import publishing
from listings.wizard.answers import answers_of
from listings.wizard.steps import forms_of
from tests.factories import make_clinic
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("phone", "outcome"), [("410-555-0142", "corrected"), ("410-555-0100", "as-stated")])
def test_an_owner_who_states_the_number_answers_the_reports_of_a_dead_one(client, phone, outcome):
    owner, clinic = make_owner(), make_clinic(phone="410-555-0100")
    for sender in ("192.0.2.1", "192.0.2.2"):
        store_report(Correction(clinic=clinic, problem="wrong-number"), sender)
    answers = {"phones": {"phone": [phone]}}
    submission = Submission.objects.create(listing=make_listing(owner, clinic), answers=answers, kind="edit")
    publishing.publish(submission, ["phones"], owner, Writer.EDITOR)
    contact = clinic.confirmations.get(fact_group=FactGroup.CONTACT)
    assert (contact.source, contact.confirmed_by) == (Source.OWNER, owner)
    assert set(clinic.corrections.values_list("status", "closed_by")) == {(outcome, owner.pk)}
    assert "this number does not work" not in client.get(clinic.get_absolute_url()).content.decode()


DENIAL = "does-not-treat-opioid-use-disorder"


def key_of(slug: str) -> str:
    return str(Service.objects.get(slug=slug).pk)


def published(clinic: Clinic, step: str, **answers) -> Clinic:
    """The clinic after its owner changed these answers of a step that starts with what is live."""
    owner = make_owner()
    typed = answers_of(clinic)[step] | answers
    submission = Submission.objects.create(listing=make_listing(owner, clinic), answers={step: typed}, kind="edit")
    publishing.publish(submission, [step], owner, Writer.EDITOR)
    clinic.refresh_from_db()
    return clinic


def test_the_medicine_that_an_owner_states_replaces_the_no_of_a_list():
    clinic = make_clinic(services=[DENIAL, "outpatient"])
    medication = [key_of("buprenorphine-in-treatment")]
    clinic = published(clinic, "services", medication=medication, denied=[])
    assert clinic.denied_service_ids == []
    assert clinic.treatment_bits & facets.TREATS.mask == facets.MEDICINE.mask


def test_an_owner_who_leaves_the_no_as_it_is_keeps_it_and_can_say_one():
    clinic = published(make_clinic(services=[DENIAL]), "services", setting=[key_of("outpatient")])
    assert clinic.treatment_bits & facets.TREATS.mask == facets.DENIES.mask
    other, owner = make_clinic("Other", services=["outpatient"]), make_owner("other")
    answers = {"services": {"denied": [key_of(DENIAL)]}}
    submission = Submission.objects.create(listing=make_listing(owner, other), answers=answers, kind="edit")
    publishing.publish(submission, ["services"], owner, Writer.EDITOR)
    other.refresh_from_db()
    assert other.treatment_bits & facets.TREATS.mask == facets.DENIES.mask


def published_from_an_older_release(clinic: Clinic, step: str, unknown: list[str], **answers) -> Clinic:
    """The clinic after a change that was begun when these fields did not exist yet."""
    owner = make_owner()
    live = {step: {name: typed for name, typed in answers_of(clinic)[step].items() if name not in unknown}}
    typed = {name: value for name, value in (live[step] | answers).items() if value}  # no box ticked: not sent
    submission = Submission.objects.create(
        listing=make_listing(owner, clinic), answers={step: typed}, live_answers=live, kind="edit"
    )
    publishing.publish(submission, [step], owner, Writer.EDITOR)
    clinic.refresh_from_db()
    return clinic


def test_a_change_that_was_begun_before_there_were_denials_leaves_them():
    clinic = make_clinic(services=[DENIAL, "outpatient", "medicaid"])
    clinic = published_from_an_older_release(clinic, "services", ["denied"], setting=[])
    assert clinic.treatment_bits & facets.TREATS.mask == facets.DENIES.mask
    assert clinic.service_ids == [int(key_of("medicaid"))]  # the box that was unticked is gone


def test_a_change_that_was_begun_before_there_were_hotlines_leaves_them():
    clinic = make_clinic(
        intake_phones=["410-555-0101"], hotlines=["410-555-0102"], other_phones=["410-555-0103"], website=""
    )
    unknown = ["hotlines", "other_phones"]
    clinic = published_from_an_older_release(clinic, "phones", unknown, phone=["410-555-0199"], intake_phones=[""])
    assert (clinic.phone, clinic.intake_phones) == ("410-555-0199", [])
    assert (clinic.hotlines, clinic.other_phones) == (["410-555-0102"], ["410-555-0103"])


@pytest.mark.parametrize("step", ["payment", "languages"])
def test_answers_about_something_else_leave_the_no_of_a_list(step):
    clinic = published(make_clinic(services=[DENIAL, "medicaid"]), step)
    assert clinic.treatment_bits & facets.TREATS.mask == facets.DENIES.mask


@pytest.mark.parametrize(
    ("offered", "denied", "is_valid"),
    [
        ("buprenorphine-in-treatment", DENIAL, False),
        ("methadone", "no-medication-for-opioid-use-disorder", False),
        ("accepts-outside-medication", "no-medication-for-opioid-use-disorder", True),
        ("buprenorphine-in-treatment", "does-not-treat-alcohol-use-disorder", True),
    ],
)
def test_nobody_can_offer_a_thing_and_say_no_to_it(offered, denied, is_valid):
    group = Service.objects.get(slug=offered).group
    answers = {"services": {group: [key_of(offered)], "denied": [key_of(denied)]}}
    form = forms_of(answers)["services"]
    assert form.is_valid() is is_valid
    assert ("denied" in form.errors) is not is_valid


def test_what_an_editor_changed_meanwhile_is_not_put_back(client):
    owner, clinic = make_owner(), make_clinic(street="1 Old Street", zip_code="21202")
    listing = make_listing(owner, clinic)
    live = answers_of(clinic)
    submission = Submission.objects.create(listing=listing, kind="edit", answers=live, live_answers=live)
    submission.store_answers("practice", live["practice"] | {"street_detail": ["Suite 5"]})
    Clinic.objects.update(street="2 New Street", name="Renamed by an editor")
    publishing.publish(submission, ["practice"], owner, Writer.EDITOR)
    clinic.refresh_from_db()
    assert (clinic.name, clinic.street, clinic.street_detail) == ("Renamed by an editor", "2 New Street", "Suite 5")


def test_an_old_text_that_a_rule_of_today_refuses_keeps_no_new_hours_back(client):
    owner, clinic = make_owner(), make_clinic(description="Call 410-555-0199.")
    listing = make_listing(owner, clinic)
    client.force_login(owner)
    client.post(reverse("listings:edit", args=[listing.pk]))
    client.post(reverse("listings:step", args=[listing.pk, "hours"]), {"open_hours": "Mon-Fri 9:00-17:00"})
    client.post(reverse("listings:check", args=[listing.pk]))
    clinic.refresh_from_db()
    assert clinic.open_hours is not None
