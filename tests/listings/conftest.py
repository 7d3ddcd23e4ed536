"""Prices for every test, and for a few of them a database in which what is written stays written."""

import io

import pytest
from django.core.management import call_command
from django.db import connection


@pytest.fixture(autouse=True)
def plans(request):
    """The sample plans, wherever there is a database."""
    if "committed" in request.fixturenames:
        request.getfixturevalue("committed")
    elif request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
    else:
        return
    call_command("load_plans", stdout=io.StringIO())


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """For threads, each with a connection of its own: nothing is rolled back, so it is removed at the end."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT tablename FROM pg_tables WHERE tablename ~ '^(listings|fake_stripe)_'")
                tables = [name for [name] in cursor.fetchall()]
                tables += ["core_outgoingemail", "clinics_clinic", "auth_user", "django_q_ormq"]
                cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
            connection.close()
