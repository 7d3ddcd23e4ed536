import threading

import pytest
from django.db import connections, transaction

from core.locks import advisory_lock, is_locked, transaction_lock

NUMBER = 0x74657374  # "test"

pytestmark = pytest.mark.django_db


@pytest.fixture
def other():
    connection = connections.create_connection("default")
    yield connection.cursor()
    connection.close()


def is_free(other, number=NUMBER):
    other.execute("SELECT pg_try_advisory_lock(%s)", [number])
    [is_free] = other.fetchone()
    if is_free:
        other.execute("SELECT pg_advisory_unlock(%s)", [number])
    return is_free


def test_a_lock_excludes_other_sessions_until_its_block_ends(other):
    with advisory_lock(NUMBER) as is_held:
        assert is_held
        assert not is_free(other)
    assert is_free(other)


def test_a_lock_ends_with_an_error_inside(other):
    with pytest.raises(ValueError, match="inside"), advisory_lock(NUMBER):
        raise ValueError("inside")
    assert is_free(other)


def test_a_lock_that_another_session_has_is_left_to_it(other):
    other.execute("SELECT pg_advisory_lock(%s)", [NUMBER])
    with advisory_lock(NUMBER) as is_held:
        assert not is_held
    other.execute("SELECT pg_advisory_unlock(%s)", [NUMBER])
    assert other.fetchone() == (True,)  # it still had it


def test_a_lock_can_be_waited_for(other):
    other.execute("SELECT pg_advisory_lock(%s)", [NUMBER])
    release = threading.Timer(0.1, other.execute, ["SELECT pg_advisory_unlock(%s)", [NUMBER]])
    release.start()
    with advisory_lock(NUMBER, wait_seconds=30) as is_held:
        assert is_held
    release.join()


def test_the_rows_of_a_number_have_locks_of_their_own(other):
    with advisory_lock(NUMBER, 7), advisory_lock(NUMBER, 8) as is_held:
        assert is_held
        assert is_locked(NUMBER, 7)
        assert not is_locked(NUMBER, 9)
        assert is_free(other)
    assert not is_locked(NUMBER, 7)


def test_a_lock_of_a_transaction_ends_with_it(own_connection, other):
    with transaction.atomic():
        transaction_lock(NUMBER)
        transaction_lock(NUMBER, "cus_1")
        assert not is_free(other)
        transaction.set_rollback(True)
    assert is_free(other)
