import os
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, connections
from django_q.models import OrmQ
from django_q.scheduler import scheduler
from xdist.scheduler import LoadScopeScheduling

from clinics.models import AddressLookup, AddressPoint, Clinic, ImportRun, ImportUpload, SourceRecord
from tests import depth  # noqa: F401 - the profiles of the property tests
from tests.databases import PLACES, SHARED_DATA, name_of, own_database

TESTS = Path(__file__).resolve().parent


# ZIP codes, code book, permissions and schedules stay.
WRITTEN_BY_TESTS = (
    r"^((listings|fake_stripe|articles|core|account)_"
    r"|(auth_user|clinics_(clinic|clinicword|pharmacy|factchange|addresspoint|addresslookup|importrun)|django_q_ormq|django_session)$)"
)
FOLDERS_IN_ONE_WORKER = ("deploy",)  # one deployment for all its tests
TAKES_LONG = ("browser", "slow")


class OneWorkerForAModule(LoadScopeScheduling):
    """A module, or one of these folders, is the work of one worker, which makes its fixtures once."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, _ = nodeid.partition("::")
        _, folder, *_ = module.split("/")  # tests/FOLDER/…
        return folder if folder in FOLDERS_IN_ONE_WORKER else module


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Instead of `--dist loadgroup`: with pytest 9.2 the groups of pytest-xdist 3.8 are those of no test."""
    config.option.loadscopereorder = False  # else the order is that of the number of tests, and a worker idles at last
    return OneWorkerForAModule(config, log)


@pytest.hookimpl(trylast=True)  # after pytest-randomly, whose order stays among the long ones and among the others
def pytest_collection_modifyitems(items):
    """Modules that take long come first, so that no worker is left with one at the end."""
    long = {item.path for item in items if any(map(item.get_closest_marker, TAKES_LONG))}
    items.sort(key=lambda item: item.path not in long and item.path.parent.name not in FOLDERS_IN_ONE_WORKER)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The government's files that lie beside a checkout; CI always has them."""
    if not SHARED_DATA.is_dir():
        message = f"the government's files are not at {SHARED_DATA}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return SHARED_DATA


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """Every test knows the ZIP codes and the code book: the site does not work without them."""
    given = connection.settings_dict["NAME"]
    with own_database(PLACES) as url:
        connection.settings_dict["NAME"] = name_of(url)
        yield
        with django_db_blocker.unblock():
            connection.close()
        connection.settings_dict["NAME"] = given


@pytest.fixture
def without_rollback(django_db_setup, django_db_blocker):
    """For threads, each with a connection of its own: nothing is rolled back, and all of it is removed at the end."""
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            remove_written_rows()
            connection.close()


def remove_written_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE tablename ~ %s", [WRITTEN_BY_TESTS])
        cursor.execute(f"TRUNCATE {', '.join(name for [name] in cursor.fetchall())} RESTART IDENTITY CASCADE")


@pytest.fixture
def second_connection(db):
    """What the test writes is seen by other connections: it uses one beside the transaction that wraps a test.

    At the end all clinics, imports, points, users and waiting jobs are deleted.
    """
    wrapped = connections["default"]
    connections["default"] = connections.create_connection("default")
    try:
        yield
        for model in (ImportUpload, SourceRecord, AddressPoint, AddressLookup, ImportRun, Clinic, User, OrmQ):
            model.objects.all().delete()
    finally:
        connections["default"].close()
        connections["default"] = wrapped


@pytest.fixture(autouse=True)
def static_root(tmp_path_factory):
    """WhiteNoise warns of a missing folder, and warnings are errors."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


@pytest.fixture
def worker(monkeypatch):
    """Queues what is due, as `manage.py qcluster` does every half minute, and gives back what was queued."""
    # It would close the connection, and with it what this test wrote.
    monkeypatch.setattr("django_q.scheduler.close_old_django_connections", lambda: None)

    def wake() -> list[str]:
        scheduler()
        queued = [job.task["func"] for job in OrmQ.objects.order_by("pk")]
        OrmQ.objects.all().delete()
        return sorted(queued)

    return wake
