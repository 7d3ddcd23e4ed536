import pytest
from django.core.files.storage import storages
from django.test import override_settings


@pytest.fixture
def pictures(tmp_path, settings):
    """The public store of the pictures, empty, for this test alone."""
    options = settings.STORAGES["pictures"] | {"OPTIONS": {"location": tmp_path, "base_url": "/pictures/"}}
    with override_settings(STORAGES=settings.STORAGES | {"pictures": options}):
        yield storages["pictures"]
