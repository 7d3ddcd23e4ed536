"""The first page of the admin: everything that waits for a person, in one panel, for those who may work on it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from articles.models import Article, Comment, OutsideLink
from clinics.models import Correction, ImportUpload, Rule
from core.backups import STAMP
from core.models import RestoreCheck
from listings.models import Claim, Listing, PaymentEvent, Submission
from tests.articles.factories import make_article
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(db):
    """One row in each queue."""
    clinic, article, user = make_clinic(), make_article(), User.objects.create_user("eve@harbor.example")
    old = timezone.now() - timedelta(days=5)
    Correction.objects.create(clinic=clinic, problem="moved")
    listing = Listing.objects.create(practice_name="Harbor")
    Submission.objects.create(listing=listing, started_by=user, status="open", submitted_at=old)
    Claim.objects.create(clinic=clinic, user=user, method="phone")
    Comment.objects.create(article=article, name="River", text="Well.")
    Comment.objects.create(article=article, name="River", text="Well.", priority=Comment.Priority.DANGER)
    make_article("In review", status=Article.Status.IN_REVIEW)
    make_article("Due", review_due_on=timezone.localdate() - timedelta(days=2))
    yesterday, week = (timezone.localdate() - timedelta(days=days) for days in (1, 7))
    OutsideLink.objects.create(url="https://www.samhsa.gov/", failing_since=week, last_failed_on=yesterday)
    PaymentEvent.objects.create(id="evt_1", type="x", payload={}, livemode=False, received_at=old)
    ImportUpload.objects.create(original_name="list.csv", status="rehearsed")
    Rule.objects.exclude(key="no-waiver").delete()
    Rule.objects.update(review_by=timezone.localdate())


def words_for(user) -> str:
    client = Client()
    client.force_login(user, "allauth.account.auth_backends.AuthenticationBackend")
    return " ".join(strip_tags(client.get("/admin/").content.decode().replace("\xa0", " ")).split())


def test_everything_that_waits_is_listed_most_urgent_first(waiting):
    words = words_for(User.objects.create_superuser("editor"))
    expected = [
        "1 comment of somebody who may be in danger",
        "1 report from a reader",
        "1 listing to review 5 days too long",
        "1 claim with its proof",
        "1 comment to moderate",
        "1 article handed in for review",
        "1 article whose medical review is due",
        "1 dead link in an article",
        "1 payment message not applied 5 days too long",
        "1 rule of law that ends or is to be read again",
        "1 import held until somebody looks",
    ]
    assert [line for line in expected if line not in words] == []
    places = [words.index(line) for line in expected]
    assert places == sorted(places)


def test_a_moderator_sees_the_queues_of_comments_alone(waiting):
    moderator = User.objects.create_user("moderator", is_staff=True)
    moderator.user_permissions.add(Permission.objects.get(codename="view_comment"))
    words = words_for(moderator)
    assert "1 comment to moderate" in words
    for other in ("report from", "listing to review", "payment message", "Jobs", "Last import"):
        assert other not in words


def test_every_row_leads_to_its_queue(waiting, admin_client):
    page = admin_client.get("/admin/").content.decode()
    panel = page.partition('id="needs-a-human"')[2].partition("</table>")[0]
    addresses = [part.partition('"')[0] for part in panel.split('<a href="')[1:]]
    assert len(addresses) == 11
    for address in addresses:
        assert admin_client.get(address).status_code == 200, address


def test_the_first_page_says_when_the_site_was_backed_up_and_whether_that_can_be_restored(settings, tmp_path, waiting):
    settings.BACKUP_DIR, now = tmp_path, timezone.now()
    editor = User.objects.create_superuser("editor")
    assert "There is no backup. None was restored on trial yet." in words_for(editor)
    (tmp_path / f"clinics-{(now - timedelta(hours=5)).strftime(STAMP)}.dump").touch()
    RestoreCheck.objects.create(dump="a", tables=67, rows=105801, checked_at=now - timedelta(days=2))
    words = words_for(editor)
    assert "Last backup 5 hours ago. Restored on trial 2 days ago: 67 tables, 105,801 rows." in words
    RestoreCheck.objects.create(dump="b", problem="the table clinic is missing")
    assert "The trial of a restore failed now: the table clinic is missing" in words_for(editor)
