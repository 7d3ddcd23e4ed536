"""Readers' reports: two senders of a dead number warn at once, one sender counts once, and each gets an outcome."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core import mail

from clinics.models import Clinic, ConfirmationRequest, Correction
from clinics.verification.provenance import confirm
from clinics.verification.reconfirmation import send_due_mails
from clinics.verification.reports import delete_reporter_hashes, time_to_close
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db
START = datetime(2026, 3, 2, 17, tzinfo=UTC)
WARNING = "Readers say that this number does not work."


def after(days: float):
    return time_machine.travel(START + timedelta(days=days), tick=False)


@pytest.fixture
def clinic():
    return make_clinic(contact_email="desk@clinic.example")


def report(client, clinic, sender="192.0.2.1", problem="wrong-number", day: float = 0):
    with after(day):
        return client.post(f"{clinic.get_absolute_url()}report/", {"problem": problem}, REMOTE_ADDR=sender)


def warned(client, clinic) -> bool:
    shown = [
        WARNING in client.get(path).content.decode()
        for path in (clinic.get_absolute_url(), "/clinics/?near=21202&radius=any", f"/clinics/compare/?id={clinic.pk}")
    ]
    assert len(set(shown)) == 1
    return shown[0]


def test_two_senders_of_a_dead_number_within_30_days_warn_at_once_and_the_clinic_is_asked(client, clinic):
    report(client, clinic)
    assert not warned(client, clinic)
    report(client, clinic, "192.0.2.2", day=29)
    assert warned(client, clinic)
    assert ConfirmationRequest.objects.get().reason == "reported"
    with after(29):
        assert send_due_mails() == 1
    assert "phone number does not work" in mail.outbox[0].body


def test_reports_more_than_30_days_apart_do_not_warn(client, clinic):
    report(client, clinic)
    report(client, clinic, "192.0.2.2", day=31)
    assert not warned(client, clinic)


def test_other_problems_do_not_warn(client, clinic):
    report(client, clinic, problem="closed")
    report(client, clinic, "192.0.2.2", problem="moved")
    assert not warned(client, clinic)


def test_a_flood_from_one_sender_counts_once_and_takes_nothing_down(client, clinic):
    for problem in ("wrong-number", "wrong-number", "closed", "wrong-number", "wrong-number", "closed"):
        report(client, clinic, problem=problem)
    assert Correction.objects.count() == 5
    assert not warned(client, clinic)
    for number in range(2, 30):
        report(client, clinic, f"192.0.2.{number}", problem="closed")
    clinic.refresh_from_db()
    assert (clinic.is_listed, clinic.closed_on) == (True, None)
    assert b"Call" in client.get(clinic.get_absolute_url()).content


def test_the_warning_goes_with_the_last_open_report(client, clinic):
    report(client, clinic)
    report(client, clinic, "192.0.2.2")
    one, other = Correction.objects.all()
    one.close("as-stated", by=None)
    assert warned(client, clinic)
    other.close("as-stated", by=None)
    assert not warned(client, clinic)


def reporter_hashes() -> list[str]:
    return list(Correction.objects.order_by("pk").values_list("reporter_hash", flat=True))


def test_one_sender_on_several_days_counts_once_and_warns_of_nothing(client, clinic):
    for day in (0, 1, 15, 29):
        report(client, clinic, day=day)
    assert len(reporter_hashes()) == 4
    assert len(set(reporter_hashes())) == 1
    assert not warned(client, clinic)
    report(client, clinic, "192.0.2.2", day=29)
    assert warned(client, clinic)


def test_one_household_counts_once_whatever_its_ipv6_address(client, clinic):
    for last in ("1", "2", "a:b:c:d"):
        report(client, clinic, f"2001:db8:5:6::{last}" if len(last) == 1 else f"2001:db8:5:6:{last}")
    assert len(set(reporter_hashes())) == 1
    report(client, clinic, "2001:db8:5:7::1")
    assert warned(client, clinic)


def test_a_code_does_not_reveal_its_reporter_and_differs_at_another_clinic(client, clinic):
    report(client, clinic)
    report(client, make_clinic("Another"))
    one, other = reporter_hashes()
    assert not set(one.split("$")) & set(other.split("$"))
    assert "192.0.2.1" not in one + other


def test_the_code_of_a_closed_or_old_report_is_not_used_again(client, clinic):
    report(client, clinic)
    Correction.objects.get().close("as-stated", by=None)
    report(client, clinic, day=1)
    report(client, clinic, day=33)
    assert len(set(reporter_hashes())) == 3


def test_a_reporter_follows_the_report_without_giving_an_address(client, clinic):
    thanks = client.get(report(client, clinic)["Location"]).content.decode()
    saved = Correction.objects.get()
    path = f"/reports/{saved.follow_key}/"
    assert path in thanks
    assert "Not looked at yet" in client.get(path).content.decode()
    with after(2):
        saved.close("corrected", by=None)
    assert "The listing was corrected on March 4, 2026" in client.get(path).content.decode()
    assert not client.get(path).cookies
    assert client.get("/reports/AAAAAAAAAAAAAAAAAAAAAA/").status_code == 404


def test_the_queue_shows_the_most_harmful_reports_first_then_the_oldest(client, clinic):
    reported = [
        ("other", 5),
        ("not-covered", 4),
        ("closed", 1),
        ("wrong-number", 1),
        ("moved", 9),
        ("wrong-number", 3),
    ]
    for problem, age in reported:
        Correction.objects.create(clinic=clinic, problem=problem, created_at=START - timedelta(days=age))
    found = [(c.problem, (START - c.created_at).days) for c in Correction.objects.open().worst_first()]
    assert found == [
        ("wrong-number", 3), ("wrong-number", 1), ("closed", 1), ("moved", 9), ("not-covered", 4), ("other", 5),
    ]  # fmt: skip
    client.force_login(User.objects.create_superuser("editor"))
    page = client.get("/admin/clinics/correction/").content.decode().split('id="result_list"')[1]
    assert (
        page.index("wrong or dead")
        < page.index("It has closed")
        < page.index("It has moved")
        < page.index("Something else")
    )


def test_the_median_time_to_close_counts_closed_reports_alone(clinic):
    assert time_to_close() is None
    for hours in (1, 5, 48):
        opened = START - timedelta(hours=hours)
        Correction.objects.create(
            clinic=clinic, problem="moved", created_at=opened, closed_at=START, status="corrected"
        )
    Correction.objects.create(clinic=clinic, problem="moved", created_at=START - timedelta(days=300))
    with after(1):
        found = time_to_close()
    assert (found.count, found.median) == (3, timedelta(hours=5))
    with after(91):
        assert time_to_close() is None


def test_merging_keeps_the_reports_and_their_addresses(client, clinic):
    report(client, clinic)
    other = make_clinic("Other")
    clinic.merge_into(other)
    [saved] = Correction.objects.all()
    assert saved.clinic == other
    assert client.get(f"/reports/{saved.follow_key}/").status_code == 200
    assert Clinic.objects.get(pk=other.pk).is_listed


def test_after_thirty_days_the_codes_of_reporters_are_deleted(client, clinic):
    report(client, clinic)
    with after(29):
        assert delete_reporter_hashes() == 0
    with after(31):
        assert delete_reporter_hashes() == 1
    assert Correction.objects.get().reporter_hash == ""


def test_a_report_is_about_the_number_that_was_called_and_the_warning_stands_beside_it(client):
    clinic = make_clinic(phone="410-555-0100", intake_phones=["410-555-0101 x2"])
    address = f"{clinic.get_absolute_url()}report/"
    assert 'value="410-555-0101 x2"' in client.get(address).content.decode()
    for sender in ("192.0.2.1", "192.0.2.2"):
        client.post(address, {"problem": "wrong-number", "phone": "410-555-0100"}, REMOTE_ADDR=sender)
    clinic.refresh_from_db()
    assert clinic.reported_phone == "410-555-0100"
    page = client.get(clinic.get_absolute_url()).content.decode()
    assert page.index(WARNING) > page.index("Main line:")
    assert WARNING not in client.get("/clinics/?near=21202&radius=any").content.decode()  # which shows the other one


def test_a_report_that_names_no_number_is_about_the_one_shown_first(client):
    clinic = make_clinic(phone="410-555-0100", intake_phones=["410-555-0101"])
    for sender in ("192.0.2.1", "192.0.2.2"):
        report(client, clinic, sender)
    clinic.refresh_from_db()
    assert clinic.reported_phone == "410-555-0101"
    assert warned(client, clinic)


def test_whoever_reports_a_dead_number_is_shown_the_others(client):
    clinic = make_clinic(phone="410-555-0100", intake_phones=["410-555-0101"])
    thanks = client.get(report(client, clinic).headers["Location"]).content.decode()
    assert 'href="tel:+14105550100"' in thanks
    assert "410-555-0101" not in thanks


def test_two_reports_of_two_numbers_do_not_warn(client):
    clinic = make_clinic(phone="410-555-0100", intake_phones=["410-555-0101"])
    address = f"{clinic.get_absolute_url()}report/"
    for sender, phone in (("192.0.2.1", "410-555-0100"), ("192.0.2.2", "410-555-0101")):
        client.post(address, {"problem": "wrong-number", "phone": phone}, REMOTE_ADDR=sender)
    clinic.refresh_from_db()
    assert clinic.reported_phone == ""


def report_dead(client, clinic, phone: str) -> str:
    """The number of which readers are warned after two of them reported `phone`."""
    for sender in ("192.0.2.1", "192.0.2.2"):
        client.post(
            f"{clinic.get_absolute_url()}report/", {"problem": "wrong-number", "phone": phone}, REMOTE_ADDR=sender
        )
    clinic.refresh_from_db()
    return clinic.reported_phone


def test_the_warning_moves_to_a_dead_number_that_replaced_the_first(client):
    clinic = make_clinic(phone="410-555-0100", contact_email="desk@clinic.example")
    assert report_dead(client, clinic, "410-555-0100") == "410-555-0100"
    Clinic.objects.update(phone="410-555-0199")  # by an import
    clinic.refresh_from_db()
    assert report_dead(client, clinic, "410-555-0199") == "410-555-0199"
    assert ConfirmationRequest.objects.get().reason == "reported"


def test_of_two_dead_numbers_the_one_for_new_patients_has_the_warning(client):
    clinic = make_clinic(phone="410-555-0100", intake_phones=["410-555-0101"])
    assert report_dead(client, clinic, "410-555-0100") == "410-555-0100"
    assert report_dead(client, clinic, "410-555-0101") == "410-555-0101"
    Correction.objects.filter(phone="410-555-0101").first().close("as-stated", by=None)
    assert Clinic.objects.get().reported_phone == "410-555-0101"
    Correction.objects.filter(phone="410-555-0101", status="open").get().close("as-stated", by=None)
    assert Clinic.objects.get().reported_phone == "410-555-0100"


def test_a_call_to_one_number_answers_the_reports_of_that_one_alone(client):
    clinic = make_clinic(phone="410-555-0100", intake_phones=["410-555-0101"])
    for sender in ("192.0.2.1", "192.0.2.2"):
        report(client, clinic, sender)
    with after(1):
        confirm(clinic, ["contact"], "called", phone_changed=False, called="410-555-0100")
        assert Clinic.objects.get().reported_phone == "410-555-0101"
        confirm(clinic, ["contact"], "called", phone_changed=False, called="410-555-0101")
    assert Clinic.objects.get().reported_phone == ""
