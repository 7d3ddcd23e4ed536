import io

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

pytestmark = pytest.mark.django_db
VIEW = """
    CREATE TEMP VIEW pg_stat_statements AS
    SELECT oid AS dbid, 12 AS calls, 3.5 AS mean_exec_time, 40.0 AS max_exec_time, 42.0 AS total_exec_time,
        'SELECT name FROM clinics_zipcode WHERE code = $1' AS query
    FROM pg_database WHERE datname = current_database()
"""


def test_the_costly_statements_are_listed_without_values():
    with connection.cursor() as cursor:
        cursor.execute(VIEW)
    out = io.StringIO()
    call_command("slow_queries", stdout=out)
    assert "12      3.50      40.0 100.0%  SELECT name FROM clinics_zipcode WHERE code = $1" in out.getvalue()


def test_without_the_extension_it_says_how_to_get_it():
    with pytest.raises(CommandError, match="CREATE EXTENSION pg_stat_statements"):
        call_command("slow_queries")
