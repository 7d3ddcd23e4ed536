import pytest
from django.contrib.auth.models import Permission, User


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("desk", password="a sentence to log in with")


@pytest.fixture
def desk(client, editor):
    """A browser at which a member of staff is logged in who may do everything."""
    client.force_login(editor)
    return client


@pytest.fixture
def viewer_desk(client):
    """One who may look at everything and change nothing."""
    viewer = User.objects.create_user("looks", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    return client
