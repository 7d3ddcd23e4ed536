"""Changes that the lock holds back: what readers see meanwhile, who is told, and what an editor's decision writes."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.core import mail
from django.urls import reverse

from clinics.models import Clinic, Confirmation, Correction, ProposedChange, Source
from clinics.verification import call_list
from clinics.verification.lock import STEERING, Writer
from clinics.verification.mails import compose
from clinics.verification.proposals import propose
from clinics.verification.reconfirmation import link_path, request_confirmation
from core import email
from core.models import OutgoingEmail
from tests.clinics.admin.admin_client import save
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
TODAY = datetime(2026, 3, 2, 17, tzinfo=UTC)
FORM = {"phone": "202-555-0199", "website": "https://patient-broker.example/", "correct": "1"}


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def clinic():
    return make_clinic(contact_email="desk@clinic.example", website="https://clinic.example/")


@pytest.fixture
def url(clinic):
    """The address of a mailed link."""
    return link_path(request_confirmation(clinic))


@pytest.fixture
def editor(client):
    return User.objects.create_superuser("chief", password="a sentence to log in with")


def decide(client, editor, change, decision, **fields):
    client.force_login(editor)
    page = reverse("admin:clinics_proposedchange_change", args=[change.pk])
    assert "202-555-0199" in client.get(page).content.decode()
    answer = client.post(page, {"decision": decision, **fields}, follow=True)
    change.refresh_from_db()
    return answer.content.decode()


def test_a_mailed_link_sends_no_patient_elsewhere(client, clinic, url):
    report = Correction.objects.create(clinic=clinic, problem="wrong-number")
    thanks = client.post(url, FORM | {"open_hours": "Mon-Fri 9-17"}).content.decode()
    assert "202-555-0199" in thanks
    page = client.get(clinic.get_absolute_url()).content.decode()
    assert "tel:+14105550100" in page
    assert "202-555-0199" not in page
    assert "patient-broker" not in page
    clinic.refresh_from_db()
    assert clinic.open_hours is not None  # what steers nobody is live
    assert dict(clinic.confirmations.values_list("fact_group", "source")) == {"hours": "owner"}
    report.refresh_from_db()
    assert report.status == "open"
    [change] = ProposedChange.objects.all()
    assert change.facts == {
        "phone": ["410-555-0100", "202-555-0199"],
        "website": ["https://clinic.example/", "https://patient-broker.example/"],
    }
    assert change.writer == Writer.LINK


def test_the_old_contact_is_told_in_our_own_words(clinic, client, url):
    client.post(url, FORM)
    [stored] = OutgoingEmail.objects.filter(template="clinics/change_waits")
    assert stored.to == "desk@clinic.example"
    email.send_waiting()
    [message] = mail.outbox
    assert message.subject == "A change to your listing on Waypost is waiting"
    assert "Nothing has changed yet" in message.body
    assert "patient-broker" not in message.body + message.alternatives[0].content


@pytest.mark.parametrize(("gone", "hours_are_saved"), [("closed", False), ("moved", True)])
def test_a_clinic_that_is_gone_gets_no_promise_and_no_fact_without_its_source(
    client, clinic, url, gone, hours_are_saved
):
    typed = {"phone": clinic.phone, "website": clinic.website, "open_hours": "Mon-Fri 9-17", "gone": gone}
    thanks = client.post(url, typed | {"gone_note": "To 5 Elm Street.", "correct": "1"}).content.decode()
    assert f"You told us that the clinic has {gone}" in thanks
    assert "today's date" not in thanks
    clinic.refresh_from_db()
    assert (clinic.open_hours is not None) is hours_are_saved
    assert dict(clinic.confirmations.values_list("fact_group", "source")) == (
        {"hours": "owner"} if hours_are_saved else {}
    )
    report = Correction.objects.get()
    assert (report.problem, report.note) == (
        gone,
        "By the link that was mailed to desk@clinic.example. To 5 Elm Street.",
    )


def test_a_new_phone_of_a_clinic_that_has_moved_is_not_lost(client, clinic, url):
    client.post(url, FORM | {"gone": "moved", "gone_note": "To 5 Elm Street."})
    assert Correction.objects.get().problem == "moved"
    assert "phone" in ProposedChange.objects.get().facts


def test_an_editor_makes_it_live_after_a_second_way_of_asking(client, clinic, url, editor):
    client.post(url, FORM)
    change = ProposedChange.objects.get()
    assert "second way" in decide(client, editor, change, "approve")
    assert change.status == "open"
    decide(client, editor, change, "approve", confirmed_by="call to 410-555-0100, the nurse in charge")
    clinic.refresh_from_db()
    assert (clinic.phone, clinic.website) == ("202-555-0199", "https://patient-broker.example/")
    confirmation = clinic.confirmations.get(fact_group="contact")
    assert (confirmation.source, confirmation.confirmed_on) == (Source.OWNER, date(2026, 3, 2))
    assert change.confirmed_by.startswith("call to")
    assert "decided already" in decide(client, editor, change, "reject", reason="Too late.")


def test_what_was_proposed_before_a_newer_fact_is_not_made_live(client, clinic, url, editor):
    client.post(url, FORM)
    Clinic.objects.update(phone="410-555-0142")
    change = ProposedChange.objects.get()
    assert "Phone has changed since" in decide(client, editor, change, "approve", confirmed_by="call")
    clinic.refresh_from_db()
    assert (clinic.phone, change.status) == ("410-555-0142", "open")


def test_nobody_decides_what_they_proposed_or_without_the_right_to_change_a_clinic(client, clinic, editor):
    own = propose(clinic, {"phone": "202-555-0199"}, Writer.OWNER, by=editor)
    assert "proposed this change yourself" in decide(client, editor, own, "approve", confirmed_by="call")
    reviewer = User.objects.create_user("reviewer", is_staff=True)
    names = ["view_proposedchange", "change_proposedchange"]
    reviewer.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(reviewer)
    page = reverse("admin:clinics_proposedchange_change", args=[own.pk])
    assert "make it live" not in client.get(page).content.decode()
    assert client.post(page, {"decision": "approve", "confirmed_by": "call"}).status_code == 403


def test_merging_hands_on_what_waits_and_drops_what_waits_twice(clinic):
    other = make_clinic("Harbor")
    for each in (clinic, other):
        propose(each, {"phone": "202-555-0199"}, Writer.LINK)
    propose(clinic, {"website": "https://new.example/"}, Writer.LINK)
    clinic.merge_into(other)
    waiting = other.proposed_changes.open()
    assert sorted(name for change in waiting for name in change.facts) == ["phone", "website"]
    assert ProposedChange.objects.exclude(status="open").get().status == "rejected"


def test_an_editor_leaves_what_readers_see(client, clinic, url, editor):
    client.post(url, FORM)
    change = ProposedChange.objects.get()
    assert "Write the reason" in decide(client, editor, change, "reject")
    decide(client, editor, change, "reject", reason="The old number knows nothing of it.")
    clinic.refresh_from_db()
    assert (clinic.phone, change.status) == ("410-555-0100", "rejected")
    told = OutgoingEmail.objects.get(template="clinics/change_decided")
    assert (told.to, told.context["is_live"]) == ("desk@clinic.example", False)
    message = compose(told)
    assert "was not taken over" in message.body
    assert "The old number knows nothing of it." in message.body
    assert not Confirmation.objects.filter(fact_group="contact").exists()


def test_the_same_is_proposed_and_told_once(clinic):
    for _ in range(2):
        propose(clinic, {"closed_on": date(2026, 3, 2)}, Writer.OWNER)
    propose(clinic, {"closed_on": date(2026, 3, 3)}, Writer.OWNER)
    assert propose(clinic, {"phone": "410-555-0100"}, Writer.OWNER) is None
    assert ProposedChange.objects.count() == OutgoingEmail.objects.count() == 1
    with pytest.raises(ValueError, match="cannot be proposed"):
        propose(clinic, {"description": "We treat."}, Writer.OWNER)


def test_an_editors_website_is_no_longer_an_owners(client, clinic, editor):
    Clinic.objects.update(website_from_owner_on=date(2026, 3, 1))
    client.force_login(editor)
    save(client, clinic, website="https://other.example/")
    assert Clinic.objects.get().website_from_owner_on is None


@pytest.mark.parametrize("result", call_list.Result)
def test_no_call_changes_what_steers_a_patient(clinic, editor, result):
    call = call_list.take_next(editor)
    names = sorted(STEERING - {"point", "practitioners"})
    before = Clinic.objects.values(*names).get()
    call_list.finish(call, result, note="They say 202-555-0199.", name_is_right=False, address_is_right=False)
    assert Clinic.objects.values(*names).get() == before
