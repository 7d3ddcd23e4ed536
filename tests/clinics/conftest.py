import pytest
from django.contrib.auth.models import Permission, User


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
