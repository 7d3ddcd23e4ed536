import pytest
from django.core.files.storage import storages
from django.test import override_settings

from clinics import rules
from tests.articles.factories import make_article
from tests.articles.staff import editor, make_staff


@pytest.fixture
def pictures(tmp_path, settings):
    """The public store of the pictures, empty, for this test alone."""
    options = settings.STORAGES["pictures"] | {"OPTIONS": {"location": tmp_path, "base_url": "/pictures/"}}
    with override_settings(STORAGES=settings.STORAGES | {"pictures": options}):
        yield storages["pictures"]


@pytest.fixture
def no_rule_is_remembered():
    """The rules of this test are read anew, and not kept for the next one."""
    rules.forget()
    yield
    rules.forget()


@pytest.fixture
def writer(client, django_user_model):
    return editor(client, django_user_model, "writer")


@pytest.fixture
def publisher(client, django_user_model):
    return editor(client, django_user_model, "publisher")


# The same with an address of e-mail, for tests with a client for each person.


@pytest.fixture
def wren():
    return make_staff("wren", "writer")


@pytest.fixture
def rosa():
    return make_staff("rosa", "reviewer")


@pytest.fixture
def paul():
    return make_staff("paul", "publisher")


@pytest.fixture
def both():
    """An English article and its Spanish translation, both published, as the starter articles are."""
    english = make_article("Starting again", body="<h2>One</h2><p>First.</p><p>Second.</p>")
    spanish = make_article(
        "De nuevo", language="es", translation_of=english, body="<h2>Uno</h2><p>Primero.</p><p>Segundo.</p>"
    )
    return english, spanish
