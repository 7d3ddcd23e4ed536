import pytest
from django.contrib.auth.models import Permission, User
from django.db import connections

from clinics.models import Clinic, ImportRun, ImportUpload, SourceRecord


@pytest.fixture
def committed(db):
    """What the test writes is seen by other connections; afterwards it is gone, but ZIP codes and code book are not.

    A connection beside the transaction that a test is otherwise wrapped in.
    """
    wrapped = connections["default"]
    connections["default"] = connections.create_connection("default")
    try:
        yield
        for model in (ImportUpload, SourceRecord, ImportRun, Clinic, User):
            model.objects.all().delete()
    finally:
        connections["default"].close()
        connections["default"] = wrapped


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
