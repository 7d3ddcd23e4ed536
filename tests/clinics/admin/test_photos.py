"""An editor decides what readers see of the photos that owners added."""

import pytest
from django.contrib.auth.models import User

from clinics.models import ClinicPhoto
from core import dashboard
from tests.clinics.admin.admin_client import history, page_of, run_action
from tests.clinics.factories import ClinicPhotoFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client):
    client.force_login(User.objects.create_superuser("chief"))
    return client


def waiting() -> int:
    [queue] = [queue for queue in dashboard.queues() if queue.name == "photo"]
    return queue.waiting()[0]


def test_a_photo_waits_in_the_queue_until_it_is_shown_or_declined(desk):
    shown, declined = ClinicPhotoFactory(), ClinicPhotoFactory()
    assert waiting() == 2
    run_action(desk, ClinicPhoto, "show_to_readers", [shown])
    data = {"alt": "The entrance", "status": "declined", "reason": "A patient is in it."}
    assert desk.post(page_of("change", ClinicPhoto, declined.pk), data).status_code == 302
    assert list(ClinicPhoto.objects.shown()) == [shown]
    assert ClinicPhoto.objects.get(pk=declined.pk).reason == "A patient is in it."
    assert waiting() == 0
    assert history(shown) == ["Shown to readers."]


def test_a_photo_that_stood_before_the_review_stays(desk):
    """The column's own default, which an older release relies on too."""
    assert ClinicPhoto._meta.get_field("status").db_default == ClinicPhoto.Status.SHOWN
