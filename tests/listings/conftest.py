"""The sample plans, for every test."""

import io

import pytest
from django.core.management import call_command


@pytest.fixture(autouse=True)
def plans(request):
    """The sample plans, wherever there is a database."""
    if "without_rollback" in request.fixturenames:
        request.getfixturevalue("without_rollback")
    elif request.node.get_closest_marker("django_db"):
        request.getfixturevalue("db")
    else:
        return
    call_command("load_plans", stdout=io.StringIO())
