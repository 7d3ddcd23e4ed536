"""A job that is ended at the worst moment goes on where it was."""

import os
import subprocess
import sys
from contextlib import closing

import psycopg2
import pytest
from django.conf import settings

from clinics.locations.roads import ZIP_CODES_AT_ONCE
from tests.clinics.locations import archipelago
from tests.databases import PLACES, own_database

pytestmark = pytest.mark.slow
MORE_ZIP_CODES = ZIP_CODES_AT_ONCE + 10
SETTLE = f"from tests.clinics.locations import archipelago as a; a.settle(more_zip_codes={MORE_ZIP_CODES})"


class Site:
    """A database of its own, and a folder."""

    def __init__(self, database_url: str, folder):
        self.url = database_url
        given = {"DATABASE_URL": database_url, "SECRET_KEY": "tests", "VAR_DIR": str(folder)}
        self.environment = os.environ | given | {"DJANGO_SETTINGS_MODULE": "config.settings"}

    def start(self, *command: str) -> subprocess.Popen:
        return subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *command: str) -> str:
        process = self.start(*command)
        output, _ = process.communicate()
        assert process.returncode == 0, output
        return output

    def query(self, sql: str) -> list[tuple]:
        with closing(psycopg2.connect(self.url)) as link, link.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall()

    def journeys(self) -> list[tuple]:
        return self.query("SELECT zip_code, clinic_id, minutes, road_miles FROM clinics_journey ORDER BY 1, 2")


def test_a_job_that_is_killed_goes_on_where_it_was(mapped, extract):
    job = ("route_clinics", "--extract", str(extract), "--state", archipelago.STATE)
    with own_database(PLACES) as url:
        site = Site(url, mapped)
        site.run("shell", "-c", SETTLE)
        assert "done by an earlier run" not in site.run(*job)
        undisturbed = site.journeys()

        with closing(psycopg2.connect(url)) as link, link.cursor() as cursor:
            cursor.execute("DELETE FROM clinics_journey WHERE zip_code <> (SELECT max(zip_code) FROM clinics_journey)")
            cursor.execute("UPDATE clinics_journey SET minutes = 1")
            link.commit()
            cursor.execute("SELECT FROM clinics_journey FOR UPDATE")  # the job waits for these, in its last batch
            process = site.start(*job)
            while not site.query("SELECT FROM pg_locks WHERE NOT granted"):
                assert process.poll() is None, process.stdout.read()
            process.kill()
            process.communicate()
            assert 0 < len(site.journeys()) < len(undisturbed)

        assert f"done by an earlier run, which was ended: {ZIP_CODES_AT_ONCE}." in site.run(*job)
        assert site.journeys() == undisturbed
        assert "done by an earlier run" not in site.run(*job)
