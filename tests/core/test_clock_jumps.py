"""A clock that is wrong for a while, and corrected: nothing breaks, and nothing stays wrong afterwards."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule

from clinics.models import Confirmation
from clinics.models.provenance import FactGroup, Source
from clinics.verification.confirmation_links import link_path
from clinics.verification.reconfirmation import request_confirmation
from core import backup_state, backups, checks, dashboard
from core.models import DailySalt, RateCount
from core.rate_limits import LIMITS, count
from core.schedules import is_late
from tests.articles.factories import make_article
from tests.clinics.reading_rows import rows_of
from tests.factories import BALTIMORE, make_clinic

pytestmark = pytest.mark.django_db
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)
JUMPS = [-YEAR, -DAY, -HOUR, HOUR, DAY, YEAR]
PAGES = [
    "/",
    "/clinics/?near=21202",
    "/clinics/?near=21202&access=open-now",
    "/locations/md/",
    "/articles/",
    "/accuracy/",
]


def clock_off_by(jump: timedelta):
    return time_machine.travel(datetime.now(UTC) + jump)


@pytest.mark.parametrize("jump", JUMPS)
def test_every_page_answers_and_no_fact_is_confirmed_in_the_future(client, jump):
    clinic = make_clinic("Harbor", at=BALTIMORE, city="Baltimore", state="MD", zip_code="21202", phone="410-555-0100")
    for group in FactGroup.values:
        Confirmation.objects.create(
            clinic=clinic, fact_group=group, source=Source.CALLED, confirmed_on=timezone.localdate()
        )
    article = make_article()
    owner = Client()
    owner.force_login(User.objects.create_user("owner"))
    with clock_off_by(jump):
        for address in [*PAGES, clinic.get_absolute_url(), f"{clinic.get_absolute_url()}report/"]:
            answer = client.get(address)
            assert answer.status_code == 200, address
            text = answer.content.decode()
            said = [row.more for row in rows_of(text)] + re.findall(r'class="(?:said|source)">.*?</', text, re.DOTALL)
            assert not [sentence for sentence in said if " -" in sentence], address
        assert client.get(article.get_absolute_url()).status_code == (404 if jump < 0 * DAY else 200)  # not yet out
        assert owner.get("/account/").status_code in (200, 302)


@pytest.mark.parametrize("is_first", [True, False])
@pytest.mark.parametrize("jump", JUMPS)
def test_a_limit_stops_nobody_once_the_clock_is_right_and_leaves_no_rows(jump, is_first):
    DailySalt.objects.all().delete()
    if not is_first:
        assert count("report", "192.0.2.6")
    limit = LIMITS["report"].most
    with clock_off_by(jump):
        assert [count("report", "192.0.2.7") for _ in range(limit + 1)] == [True] * limit + [False]
    assert count("report", "192.0.2.8")
    today = timezone.localdate()
    assert set(RateCount.objects.values_list("day", flat=True)) == {today}
    # The salt of a day that is yet to come would let its hashes be tried until then.
    assert DailySalt.objects.filter(day__gt=today).count() == 0


def test_a_session_of_a_clock_that_was_ahead_ends_like_any_other(settings):
    owner = Client()
    owner.force_login(User.objects.create_user("owner"))
    with clock_off_by(HOUR):
        owner.get("/account/listings/")
    owner.get("/account/listings/")
    assert "_auth_user_id" in owner.session
    with clock_off_by(timedelta(seconds=settings.SESSION_IDLE_SECONDS + 60)):
        owner.get("/account/listings/")
        assert "_auth_user_id" not in owner.session


def test_a_job_that_ran_by_a_clock_that_was_ahead_counts_as_late():
    every_quarter = Schedule.objects.filter(schedule_type=Schedule.MINUTES).first()
    assert every_quarter.minutes == 15
    for ahead, late in ((timedelta(minutes=14), False), (HOUR, True), (DAY, True), (-HOUR, True)):
        every_quarter.next_run = timezone.now() + ahead
        every_quarter.save()
        assert is_late(every_quarter) is late, ahead
    nightly = Schedule.objects.filter(schedule_type=Schedule.DAILY).first()
    nightly.next_run = timezone.now() + timedelta(hours=23)
    assert not is_late(nightly)
    Schedule.objects.update(next_run=timezone.now() + timedelta(minutes=1))
    assert dashboard.Jobs.now().late == 0
    Schedule.objects.filter(pk=every_quarter.pk).update(next_run=timezone.now() + YEAR)
    assert dashboard.Jobs.now().late == 1
    assert any("a clock was ahead" in problem.msg for problem in checks.jobs())


def test_one_night_with_a_clock_that_is_ahead_costs_no_backup(tmp_path):
    def dump(moment):
        path = tmp_path / f"clinics-{moment.strftime(backups.STAMP)}.dump"
        path.touch()
        return path

    now = datetime.now(UTC)
    real = [dump(now - n * DAY) for n in range(1, 14)]
    with clock_off_by(YEAR):
        wrong = dump(datetime.now(UTC))
        assert backups.expire(tmp_path, 14) == []
    tonight, old = dump(now), dump(now - 20 * DAY)
    assert backups.expire(tmp_path, 14) == [old]
    assert sorted(tmp_path.iterdir()) == sorted([*real, tonight, wrong])


def test_a_backup_from_the_future_does_not_hide_that_there_is_none_of_today(tmp_path, settings):
    settings.BACKUP_DIR = tmp_path
    for moment in (-3 * DAY, YEAR):
        (tmp_path / f"clinics-{(datetime.now(UTC) + moment).strftime(backups.STAMP)}.dump").touch()
    sentences = [problem.msg for problem in backup_state.backups()]
    assert any("from the future" in sentence for sentence in sentences)
    assert any("72 hours old" in sentence for sentence in sentences)


@pytest.mark.parametrize("jump", [-YEAR, -HOUR, HOUR, DAY])
def test_a_signed_link_of_another_clock_is_answered_with_a_page(client, jump):
    clinic = make_clinic("Harbor", contact_email="desk@example.org")
    with clock_off_by(jump):
        link = link_path(request_confirmation(clinic))
    answer = client.get(link)
    assert answer.status_code == (410 if jump == -YEAR else 200)
