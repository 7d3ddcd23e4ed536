from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone
from django_q.models import Schedule

from tests.clinics.locations.census_server import CensusServer


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("editor", password="a sentence to log in with")


@pytest.fixture
def desk(client, editor):
    """A browser at which the editor is logged in."""
    client.force_login(editor)
    return client


@pytest.fixture
def viewer_desk(client):
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    return client


@pytest.fixture
def service(settings):
    """The Census Geocoder, switched on, without pauses; it knows what a test puts into `service.table`."""
    with CensusServer({}) as server:
        settings.GEOCODER = "census"
        settings.CENSUS_GEOCODER_URL = server.url
        settings.CENSUS_PAUSE_SECONDS = 0
        settings.CENSUS_TIMEOUT_SECONDS = 5
        yield server


@pytest.fixture
def ways_are_not_due(db):
    """The look at all ways ran already: what asks for another one is seen."""
    ways = Schedule.objects.filter(func="clinics.locations.obstacles.find_obstacles")
    assert ways.update(next_run=timezone.now() + timedelta(hours=1))
    return ways
