import pytest
from django.db import connections


@pytest.fixture
def own_connection(db):
    """A connection that a test may use up or lose, beside the one with its transaction."""
    wrapped = connections["default"]
    connections["default"] = connections.create_connection("default")
    yield
    connections["default"].close()
    connections["default"] = wrapped
