import pytest
from django.contrib.auth.models import User
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
