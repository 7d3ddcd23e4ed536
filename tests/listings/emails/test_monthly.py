"""The monthly mail: a sum with a threshold, once a listing and month, until somebody switches it off."""

from datetime import date, datetime

import pytest
import time_machine
from django.utils import timezone

from clinics.models import ClinicViews
from core.models import OutgoingEmail
from listings.emails.compose import compose
from listings.emails.monthly import mail_monthly_totals, openings, switch_path
from listings.models import Membership, Subscription
from tests.listings.billing.payments import buy
from tests.listings.factories import make_listing, make_owner

pytestmark = pytest.mark.django_db
DAY = datetime(2027, 3, 2, 12, tzinfo=timezone.get_fixed_timezone(-300))


def opened(listing, **counts: int) -> None:
    for day, count in counts.items():
        ClinicViews.objects.create(clinic=listing.clinic, day=date.fromisoformat(day.strip("d")), count=count)


@pytest.fixture
def paid():
    """A paid listing, whose page was opened 47 times in February 2027."""
    listing = make_listing(make_owner())
    buy(listing)
    opened(listing, d20270131=500, d20270201=8, d20270228=39, d20270301=500)
    return listing


def run() -> list[OutgoingEmail]:
    # The payment is of now, which is earlier than DAY: only the job's own day is another.
    with time_machine.travel(DAY, tick=False):
        Subscription.objects.update(period_end=timezone.now())
        mail_monthly_totals()
    return list(OutgoingEmail.objects.filter(template="listings/monthly"))


def test_the_mail_says_about_how_often_in_the_month_before(paid):
    [mail] = run()
    assert mail.context["opened"] == 40
    text = compose(mail).body
    assert "In February 2027, the page of" in text
    assert "about 40 times" in text
    assert "47" not in text


@pytest.mark.parametrize(("count", "said"), [(0, None), (9, None), (10, 10), (1234, 1230)])
def test_a_small_number_is_not_said(count, said):
    listing = make_listing()
    opened(listing, d20270215=count)
    assert openings(listing.clinic, date(2027, 2, 1)) == said


def test_fewer_than_ten_are_said_as_such(paid):
    ClinicViews.objects.update(count=2)
    assert "fewer than 10 times" in compose(run()[0]).body


def test_it_leaves_once_a_listing_and_month(paid):
    assert len(run()) == len(run()) == 1


def test_after_the_first_days_of_a_month_none_leaves(paid):
    with time_machine.travel(DAY.replace(day=20), tick=False):
        assert mail_monthly_totals() == "not the beginning of a month"
    assert not OutgoingEmail.objects.filter(template="listings/monthly").exists()


def test_a_free_listing_has_no_mail():
    make_listing()
    with time_machine.travel(DAY, tick=False):
        assert mail_monthly_totals().startswith("0 owners")


def test_who_holds_the_link_switches_it_off_and_on_without_a_log_in(paid, client):
    [mail] = run()
    path = switch_path(Membership.objects.get())
    assert mail.context["off_url"].endswith(path)
    assert compose(mail).extra_headers["List-Unsubscribe"].endswith(f"{path}>")
    assert "Switch it off" in client.get(path).content.decode()
    client.post(path, {"wants": "no"})
    mail.delete()
    assert run() == []
    client.post(path, {"wants": "yes"})
    assert len(run()) == 1


def test_a_link_that_we_never_wrote_switches_nothing(paid, client):
    assert client.post("/account/monthly-mail/1:forged/", {"wants": "no"}).status_code == 404
    assert Membership.objects.get().monthly_mail
