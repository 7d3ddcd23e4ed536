"""An editor closes a clinic for some days by a button, and tells of a storm once for all clinics of its counties."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group, Permission, User
from django.urls import reverse

from clinics.closings import closed_text
from clinics.models import Clinic, Closure, CountyNotice
from clinics.models.closures import MOST_NOTICE_DAYS
from clinics.typed_hours import parse_week
from tests.clinics.admin.admin_client import history, page_of, run_action
from tests.clinics.factories import CountyNoticeFactory
from tests.factories import NEW_YORK, TOWSON, make_clinic

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 17, tzinfo=UTC)  # Monday, in Baltimore
STORM = {
    "kind": "storm",
    "places": ["MD Baltimore city"],
    "first_day": "2026-11-30",
    "last_day": "2026-12-01",
    "source": "National Weather Service",
    "source_url": "weather.example/storm",
    "text_en": "",
    "text_es": "",
}


def at(moment: datetime):
    return time_machine.travel(moment, tick=False)


@pytest.fixture
def desk(client):
    with at(NOON - timedelta(minutes=5)):
        client.force_login(User.objects.create_superuser("chief"))
    return client


def press(client, clinic, **data):
    return client.post(reverse("admin:clinics_clinic_closure", args=[clinic.pk]), data, follow=True)


def test_one_tap_closes_a_clinic_today_and_another_opens_it(desk):
    clinic = make_clinic("Mill", open_hours=parse_week("24/7"))
    with at(NOON):
        shown = desk.get(page_of("change", clinic, clinic.pk)).content.decode()
        assert 'name="day" value="2026-11-30"' in shown
        assert "Open after all" not in shown
        shown = press(desk, clinic, day="2026-11-30", reason="", last_day="").content.decode()
        assert "Closed today, say our editors" in shown
        assert closed_text(Clinic.objects.get()) == "Closed today, say our editors"
        closure = Closure.objects.get()
        assert (closure.source, closure.created_by.username) == ("editor", "chief")
    with at(NOON + timedelta(hours=1)):
        press(desk, clinic, open="1")
        assert closed_text(Clinic.objects.get()) == ""
        press(desk, clinic, open="1")
    assert history(clinic) == [
        "Closed through Monday, November 30, say our editors.",
        "Open after all.",
        "Nothing said any more that it is closed.",
    ]


def test_a_mistake_is_told_and_closes_nothing(desk):
    clinic = make_clinic("Mill")
    with at(NOON):
        shown = press(desk, clinic, day="2026-11-30", last_day="2027-01-30").content.decode()
        assert "At most 14 days at a time." in shown
        assert "where it is" in shown
        assert desk.get(reverse("admin:clinics_clinic_closure", args=[clinic.pk])).status_code == 405
    assert not Closure.objects.exists()


def test_who_may_only_look_closes_nothing(client):
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    clinic = make_clinic("Mill")
    assert "closed-today" not in client.get(page_of("change", clinic, clinic.pk)).content.decode()
    assert press(client, clinic, day="2026-11-30").status_code == 403
    assert not Closure.objects.exists()


def test_a_notice_is_made_for_counties_that_have_clinics_and_says_how_many_it_covers(desk):
    make_clinic("Mill")
    make_clinic("Kiln")
    make_clinic("Towson", at=TOWSON, zip_code="21204")
    with at(NOON):
        form = desk.get(page_of("add", CountyNotice)).content.decode()
        assert "MD Baltimore city: 2</option>" in form
        assert "Kings County" not in form
        shown = desk.post(page_of("add", CountyNotice), STORM, follow=True).content.decode()
        assert "It covers 2 listed clinics." in shown
        notice = CountyNotice.objects.active().get()
    assert (notice.state, notice.counties) == ("MD", ["Baltimore city"])
    assert notice.source_url == "https://weather.example/storm"
    assert notice.created_by.username == "chief"
    assert notice.starts_at == NOON
    assert notice.ends_at == datetime(2026, 12, 2, 5, tzinfo=UTC)


def test_a_notice_that_begins_tomorrow_is_not_told_today(desk):
    make_clinic("Mill")
    with at(NOON):
        desk.post(page_of("add", CountyNotice), STORM | {"first_day": "2026-12-01"})
        assert not CountyNotice.objects.active().exists()
    with at(datetime(2026, 12, 1, 5, tzinfo=UTC)):
        assert CountyNotice.objects.active().count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"places": []}, "This field is required."),
        ({"places": ["MD Baltimore city", "NY New York County"]}, "These are of several states"),
        ({"last_day": "2026-11-29"}, "The last day is before the first."),
        ({"first_day": "2026-11-01", "last_day": "2026-11-02"}, "That day is over."),
        ({"last_day": "2026-12-30"}, f"At most {MOST_NOTICE_DAYS} days at a time."),
    ],
)
def test_a_notice_that_cannot_be_is_explained(desk, changed, sentence):
    make_clinic("Mill")
    make_clinic("Uptown", at=NEW_YORK, city="New York", state="NY", zip_code="10001")
    with at(NOON):
        assert sentence in desk.post(page_of("add", CountyNotice), STORM | changed).content.decode()
    assert not CountyNotice.objects.exists()


def test_a_notice_is_made_longer_and_keeps_its_beginning(desk):
    make_clinic("Mill")
    with at(NOON):
        notice = CountyNoticeFactory()
    with at(NOON + timedelta(hours=3)):
        page = page_of("change", notice, notice.pk)
        initial = desk.get(page).context["adminform"].form.initial
        assert (initial["places"], initial["last_day"]) == (["MD Baltimore city"], date(2026, 12, 1))
        desk.post(page, STORM | {"last_day": "2026-12-05"})
    notice.refresh_from_db()
    assert (notice.starts_at, notice.last_day) == (NOON, date(2026, 12, 5))


def test_a_word_of_a_notice_that_is_over_can_be_mended(desk):
    make_clinic("Mill")
    with at(NOON):
        notice = CountyNoticeFactory()
    with at(NOON + timedelta(days=9)):
        desk.force_login(User.objects.get(username="chief"))
        desk.post(page_of("change", notice, notice.pk), STORM | {"source": "NWS Baltimore"})
    before = notice.ends_at
    notice.refresh_from_db()
    assert (notice.source, notice.ends_at) == ("NWS Baltimore", before)


def test_a_notice_is_ended_at_once_and_stays_as_history(desk):
    with at(NOON):
        notice = CountyNoticeFactory()
    with at(NOON + timedelta(hours=1)):
        run_action(desk, CountyNotice, "end_now", [notice])
        assert not CountyNotice.objects.active().exists()
        assert desk.post(page_of("delete", notice, notice.pk), {"post": "yes"}).status_code == 403
    assert CountyNotice.objects.get().ends_at == NOON + timedelta(hours=1)


@pytest.mark.parametrize("group", ["reviewer", "publisher"])
def test_reviewers_and_publishers_tell_of_a_storm(client, group):
    editor = User.objects.create_user("editor", is_staff=True)
    editor.groups.add(Group.objects.get(name=group))
    make_clinic("Mill")
    with at(NOON):
        client.force_login(editor)
        client.post(page_of("add", CountyNotice), STORM)
    assert CountyNotice.objects.count() == 1
