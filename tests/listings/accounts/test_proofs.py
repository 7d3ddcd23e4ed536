"""The proofs of a claim: codes by phone and mail, the national register, and what their owner can do about each."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ

from core import phone_codes
from core.models import OutgoingEmail
from core.rate_limits import LIMITS
from listings.accounts import proofs
from listings.models import Claim
from listings.models.channels import STANDING_DAYS, standing_phone, takes_texts
from listings.models.claim import CODE_WAIT, MOST_TRIES
from tests.clinics.factories import SourceRecordFactory
from tests.factories import make_clinic
from tests.listings.factories import make_owner

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 2, 17, tzinfo=UTC)


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as clock:
        yield clock


@pytest.fixture
def owner(client):
    owner = make_owner()
    client.force_login(owner)
    return owner


@pytest.fixture
def calls(settings, capsys):
    """Do what is queued, and return what was said since the last time."""
    settings.PHONE_CODES = "console"

    def said() -> list[str]:
        for claim in Claim.objects.exclude(code_requested_at=None):
            proofs.call(claim.pk, "en")
        return capsys.readouterr().out.splitlines()

    return said


def test_the_next_code_is_said_in_minutes_and_taking_back_asks_once_more(client, owner, clock, calls):
    claim = begin(client, make_clinic(phone="410-555-0144"), method="phone")
    page = send(client, claim, "call")
    minutes = int(CODE_WAIT.total_seconds() // 60)
    assert f"another one in {minutes} minutes" in page
    clock.shift(CODE_WAIT - timedelta(seconds=30))
    assert "another one in 1 minute." in page_of(client, claim)
    assert "Yes, take it back" in page


def begin(client, clinic, **chosen) -> Claim:
    client.post(reverse("listings:claim_clinic", args=[clinic.pk]), chosen)
    return Claim.objects.latest("pk")


def send(client, claim, by="") -> str:
    return client.post(reverse("listings:claim_code", args=[claim.pk]), {"by": by}, follow=True).text


def enter(client, claim, code) -> str:
    client.post(reverse("listings:claim", args=[claim.pk]), {"code": code})
    claim.refresh_from_db()
    return claim.status


def code_in(line: str) -> str:
    return "".join(filter(str.isdigit, line.partition("the code is:")[2]))


def page_of(client, claim) -> str:
    return client.get(reverse("listings:claim", args=[claim.pk])).text


def test_a_code_that_the_listed_number_is_told_proves_it(client, owner, calls, clock):
    claim = begin(client, make_clinic(phone="410-555-0100"), method="phone")
    assert "Call 410-555-0100 now" in page_of(client, claim)
    assert calls() == [], "nobody is called before somebody asks for it"
    send(client, claim, "call")
    assert 'name="code"' in page_of(client, claim), "the field is there before the phone rings"
    [line] = calls()
    assert line.startswith("call to +14105550100: This is Waypost")
    assert code_in(line) not in str(Claim.objects.filter(pk=claim.pk).values().get()), "only its hash is stored"
    assert calls() == [], "a job that runs twice calls once"
    assert enter(client, claim, code_in(line)) == "open"
    assert Claim.objects.for_editors().get() == claim


def test_five_wrong_codes_end_the_code_and_after_a_wait_there_is_another(client, owner, calls, clock):
    claim = begin(client, make_clinic(), method="phone")
    send(client, claim, "call")
    [line] = calls()
    wrong = f"{(int(code_in(line)) + 1) % 10**6:06}"
    for _try in range(MOST_TRIES):
        assert enter(client, claim, wrong) == "started"
    assert enter(client, claim, code_in(line)) == "started"
    assert "Ask for a new one" in page_of(client, claim)
    assert "A code is on its way. Wait" in send(client, claim, "call")
    clock.shift(CODE_WAIT)
    send(client, claim, "text")
    [line] = calls()
    assert line.startswith("text to +14105550100: Waypost: your code is ")
    assert enter(client, claim, line.partition("code is ")[2][:6]) == "open"


def test_a_code_works_for_an_hour_by_phone_and_for_a_day_by_mail(client, owner, calls, clock):
    by_phone = begin(client, make_clinic(), method="phone")
    send(client, by_phone, "call")
    [line] = calls()
    clinic = make_clinic("Mailed", website="https://harbor.example/")
    by_mail = begin(client, clinic, method="email", email="me@harbor.example")
    code = OutgoingEmail.objects.get(template="listings/claim_code").context["code"]
    clock.shift(timedelta(hours=1))
    assert enter(client, by_phone, code_in(line)) == "started"
    assert enter(client, by_mail, code) == "open"


def test_a_mailed_code_is_secret_and_can_be_mailed_again(client, owner, clock):
    claim = begin(client, make_clinic(website="https://harbor.example/"), method="email", email="me@harbor.example")
    send(client, claim)
    mails = OutgoingEmail.objects.filter(template="listings/claim_code").order_by("pk")
    assert mails.count() == 1, "not before the wait is over"
    clock.shift(CODE_WAIT)
    send(client, claim)
    first, second = mails
    assert first.is_secret
    assert first.context["code"] != second.context["code"]  # once in a million runs they are the same
    assert enter(client, claim, first.context["code"]) == "started", "a new code ends the one before"
    assert enter(client, claim, second.context["code"]) == "open"


def test_one_number_is_called_a_few_times_a_day_whoever_asks(client, calls, clock):
    clinic = make_clinic()
    for number in range(LIMITS["call of a number"].most + 1):
        client.force_login(make_owner(f"owner{number}"))
        answer = send(client, begin(client, clinic, method="phone"), "call")
    assert "This number got several codes today" in answer
    assert len(calls()) == LIMITS["call of a number"].most


def test_a_number_that_did_not_want_the_call_is_left_alone_and_the_editors_know(client, owner, calls, clock):
    claim = begin(client, make_clinic(), method="phone")
    send(client, claim, "call")
    [line] = calls()
    page = reverse("listings:unwanted_call")
    client.logout()
    assert client.post(page, {"phone": "call me"}).status_code == 422
    code, number = code_in(line), "(410) 555-0100"
    assert client.post(page, {"phone": number}).status_code == 422, "the code shows that it was they who were called"
    wrong = [(number, "000000" if code != "000000" else "111111"), ("410-555-0111", code)]
    answers = [client.post(page, {"phone": phone, "code": typed}).text for phone, typed in wrong]
    assert not Claim.objects.exclude(unwanted_at=None).exists()
    answers.append(client.post(page, {"phone": number, "code": code}).text)
    assert len(set(answers)) == 1, "nobody learns who was called"
    client.force_login(owner)
    assert enter(client, claim, code_in(line)) == "started"
    clock.shift(CODE_WAIT)
    assert "We cannot send a code to this number" in send(client, claim, "call")
    assert calls() == []
    client.force_login(User.objects.create_superuser("chief"))
    address = reverse("admin:listings_claim_change", args=[claim.pk])
    assert "did not want the call" in client.get(address).text


def test_a_call_that_did_not_leave_can_be_asked_for_again_at_once(client, owner, settings, clock, monkeypatch):
    settings.PHONE_CODES, settings.PHONE_CODES_URL = "twilio", "http://127.0.0.1:9"
    claim = begin(client, make_clinic(), method="phone")
    send(client, claim, "call")
    assert proofs.call(claim.pk, "en") == "not sent"
    assert "The code could not be sent" in page_of(client, claim)
    assert "A code is on its way. Wait" not in send(client, claim, "call")


def test_the_call_is_queued_and_not_made_while_a_page_waits(
    client, owner, calls, clock, django_capture_on_commit_callbacks
):
    claim = begin(client, make_clinic(), method="phone")
    with django_capture_on_commit_callbacks(execute=True):
        send(client, claim, "call")
    assert [job.func() for job in OrmQ.objects.all()] == ["listings.accounts.proofs.call"]


def test_without_a_service_or_with_an_extension_an_editor_calls(client, owner, settings, clock):
    extension = begin(client, make_clinic(phone="410-555-0100 x12"), method="phone")
    settings.PHONE_CODES = "console"
    assert "cannot dial an extension" in page_of(client, extension)
    assert Claim.objects.for_editors().get() == extension
    client.force_login(User.objects.create_superuser("chief"))
    address = reverse("admin:listings_claim_change", args=[extension.pk])
    shown = client.post(address, {"decision": "code"}, follow=True).text
    code = shown.partition("read out ")[2][:6]
    assert code not in client.get(reverse("admin:listings_claim_history", args=[extension.pk])).text
    client.force_login(owner)
    assert enter(client, extension, code) == "open"


@pytest.mark.parametrize(
    ("phone", "called"), [("410-555-0100 x12", ""), ("900-555-0100", ""), ("", ""), ("410-555-0100", "410-555-0100")]
)
def test_a_program_dials_no_extension_and_no_number_that_costs(phone, called):
    assert standing_phone(make_clinic(phone=phone)) == called


def test_a_number_proves_a_claim_once_it_has_stood(clock):
    clinic = make_clinic(phone="410-555-0100")
    clinic.phone = "410-555-0199"
    clinic.save()
    clinic.fact_changes.update(changed_at=timezone.now())
    assert standing_phone(clinic) == "410-555-0100", "the one before"
    SourceRecordFactory(clinic=clinic, row={"phone": "410-555-0199"})
    assert standing_phone(clinic) == "410-555-0199", "a list states it"
    clinic.source_records.all().delete()
    clock.shift(timedelta(days=STANDING_DAYS, seconds=1))
    assert standing_phone(clinic) == "410-555-0199"


def test_toll_free_numbers_get_no_text():
    assert not takes_texts("800-555-0100")
    assert takes_texts("410-555-0100")


def test_another_proof_takes_the_place_of_the_first(client, owner, clock):
    claim = begin(client, make_clinic(website="https://harbor.example/"), method="email", email="me@harbor.example")
    code = OutgoingEmail.objects.get(template="listings/claim_code").context["code"]
    address = reverse("listings:claim_proof", args=[claim.pk])
    assert client.post(address, {"method": "npi", "npi": "1234567893"}).status_code == 422
    client.post(address, {"method": "npi", "npi": "1234567893", "npi_name": "Ana Reyes, MD"})
    claim.refresh_from_db()
    assert (claim.method, claim.status, claim.email) == ("npi", "open", "")
    client.post(address, {"method": "phone"})
    assert enter(client, claim, code) == "started"
    assert claim.npi == ""
    clock.shift(timedelta(seconds=1))
    client.post(address, {"method": "email", "email": "me@harbor.example"})
    assert OutgoingEmail.objects.filter(template="listings/claim_code").count() == 2, "another way waits for nothing"


def test_a_claim_is_taken_back_and_made_again(client, owner, clock):
    clinic = make_clinic()
    claim = begin(client, clinic, method="phone")
    client.post(reverse("listings:withdraw_claim", args=[claim.pk]))
    claim.refresh_from_db()
    assert claim.status == Claim.Status.WITHDRAWN
    assert begin(client, clinic, method="phone").pk != claim.pk
    with pytest.raises(ValueError, match="decided already"):
        claim.decide(True, User.objects.create_user("editor"))


@pytest.mark.parametrize(
    ("typed", "registered", "fits"),
    [
        ("Ana Reyes, MD", "ANA REYES", True),
        ("Dr. Ana M. Reyes", "ANA REYES", True),
        ("Ana Rivera", "ANA REYES", False),
        ("Ana", "ANA REYES", False),
        ("Ana Reyes", "", False),
    ],
)
def test_a_name_fits_if_every_word_of_the_register_was_typed(typed, registered, fits):
    assert proofs.is_named(typed, registered) is fits


def test_without_the_register_an_editor_is_told_that_nobody_asked_it(client, owner, settings, clock):
    settings.NPPES_URL = ""
    claim = begin(client, make_clinic(), method="npi", npi="1234567893", npi_name="Ana Reyes")
    proofs.look_up(claim.pk)
    claim.refresh_from_db()
    assert (claim.npi_matches, "is not asked here" in claim.npi_finding) == (None, True)


def test_every_way_that_the_form_offers_is_one_that_a_program_knows():
    assert {phone_codes.CALL, phone_codes.TEXT} == set(Claim.Channel.values) - {"editor"}
