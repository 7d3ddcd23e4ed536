"""`make drill-clock`: the deployed site with its clock an hour and a year ahead and back (libfaketime).

Web server, jobs and PostgreSQL run all the time while the clock jumps under them. After each jump the clock is right
again; then nothing may be left of it: no row of any table is gone, no date lies in the future that did not before, no
clinic was mailed because of it, every job is due within its interval, and the site takes reports as before.
"""

import os
import shutil
import sys
import time
from pathlib import Path

from deploy.drills.production import Production, program, running_production, wait_until

HOUR, YEAR = 3600, 365 * 86400  # seconds
JUMPS = {"an hour ahead": HOUR, "a year ahead": YEAR, "an hour back": -HOUR, "a year back": -YEAR}
LOOK_SECONDS, SCHEDULER_SECONDS = 120, 35  # of the worker: it looks at the clock, it queues what is due
# Whether the last look was by the present clock.
LOOKED = "SELECT abs(extract(epoch FROM now() - coalesce(seen_at, believed_at))) < 65 FROM core_clockwatch"
# Rows that are meant to go by themselves.
FLEETING = ("django_session", "django_q_ormq", "django_q_task", "core_dailysalt", "core_ratecount", "core_cache")
STAMPS = """
    SELECT table_name, column_name FROM information_schema.columns JOIN information_schema.tables
    USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND data_type IN ('date', 'timestamp with time zone')
"""
OFF = """
    SELECT name FROM django_q_schedule WHERE repeats <> 0 AND next_run > now() + CASE schedule_type
        WHEN 'I' THEN minutes * interval '1 minute' WHEN 'H' THEN interval '1 hour'
        WHEN 'D' THEN interval '1 day' ELSE interval '1 week' END + interval '10 minutes'
"""
# The job that looks at the ways takes minutes, and writes the same again.
PREPARE = """
    UPDATE django_q_schedule SET repeats = 0 WHERE func = 'clinics.locations.obstacles.find_obstacles';
    UPDATE clinics_clinic SET contact_email = 'desk' || id || '@clinic.example'
    WHERE id IN (SELECT id FROM clinics_clinic WHERE is_listed ORDER BY id LIMIT 50)
"""


# With libfaketime 0.9.10 a time.sleep() that is over before it begins is an error, on a machine that is busy.
SITECUSTOMIZE = """
import select, time
time.sleep = lambda seconds: select.select([], [], [], seconds) and None
"""


class Clock:
    """What web server, jobs and database take for the time, through a file that they read at each look."""

    def __init__(self, folder: Path):
        program("faketime")
        self.file, [library] = folder / "clock", Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
        self.set(0)
        (folder / "sitecustomize.py").write_text(SITECUSTOMIZE)
        self.environment = {
            "PYTHONPATH": str(folder),
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DISABLE_SHM": "1",
        }

    def set(self, ahead_seconds: int) -> None:
        part = self.file.with_suffix(".new")
        part.write_text(f"{ahead_seconds:+d}\n")
        part.chmod(0o644)
        part.rename(self.file)


class Drill:
    def __init__(self, production: Production, clock: Clock):
        self.production, self.clock, self.rows = production, clock, production.database.rows
        self.reports = 0
        with production.database.cursor() as cursor:
            cursor.execute(PREPARE)
        self.wait_for_jobs()
        self.report()
        self.before = self.state()

    def wait_for_jobs(self) -> None:
        wait_until(lambda: self.rows(LOOKED) == [(True,)], "a look at the clock", LOOK_SECONDS, every=1)
        time.sleep(SCHEDULER_SECONDS)
        idle = "SELECT count(*) = 0 FROM django_q_ormq"
        wait_until(lambda: self.rows(idle) == [(True,)], "the end of the jobs", 600, every=1)

    def report(self) -> None:
        """A reader reports a clinic. Raises RuntimeError if that is not taken."""
        client = self.production.client(f"127.22.0.{self.reports + 1}")
        [[clinic]] = self.rows("SELECT id FROM clinics_clinic WHERE is_listed ORDER BY id LIMIT 1")
        answer = client.get(f"/clinics/{clinic}/x/report/")
        if answer.status == 301:
            address = answer.headers["location"]
            client.get(address)
            answer = client.post(address, {"problem": "moved", "note": f"report {self.reports}"})
        if answer.status != 302:
            raise RuntimeError(f"The report was answered with {answer.status}")
        self.reports += 1

    def state(self) -> dict[str, int]:
        """Rows of each table; in each column of dates, how many are more than two days to come; mails to clinics."""
        found = {}
        for table, column in self.rows(STAMPS):
            future = f"count(*) FILTER (WHERE {column} > now() + interval '2 days')"
            [[count, to_come]] = self.rows(f'SELECT count(*), {future} FROM "{table}"')
            if table not in FLEETING:
                found |= {table: count, f"{table}.{column} to come": to_come}
        [[mails]] = self.rows("SELECT count(*) FROM core_outgoingemail WHERE template = 'clinics/reconfirmation'")
        return found | {"mails to clinics": mails}

    def jump(self, ahead_seconds: int) -> list[str]:
        """What is wrong once the clock is right again."""
        self.clock.set(ahead_seconds)
        paths = ("/", "/clinics/?near=02139", "/articles/", "/locations/ny/", "/readyz")
        answers = {path: self.production.client().get(path).status for path in paths}
        self.report()
        self.wait_for_jobs()
        self.report()
        self.clock.set(0)
        self.report()
        self.wait_for_jobs()
        wrong = [f"{path} was answered with {status}" for path, status in answers.items() if status != 200]
        return wrong + self.lasting()

    def lasting(self) -> list[str]:
        wrong, now = [], self.state()
        for what, count in self.before.items():
            if (now[what] < count) if "to come" not in what and what != "mails to clinics" else (now[what] > count):
                wrong.append(f"{what}: {count} before, {now[what]} now")
        [[reports]] = self.rows("SELECT count(*) FROM clinics_correction WHERE note LIKE 'report %%'")
        if reports != self.reports:
            wrong.append(f"{reports} of {self.reports} reports")
        wrong += [f"the job “{name}” waits for longer than its interval" for [name] in self.rows(OFF)]
        [[queued]] = self.rows("SELECT count(*) FROM django_q_ormq WHERE lock > now() + interval '2 hours'")
        [[doubted]] = self.rows("SELECT count(*) FROM core_clockwatch WHERE doubted_at IS NOT NULL")
        wrong += [f"{queued} jobs wait in the queue"] * bool(queued) + ["the clock is still doubted"] * doubted
        return wrong if self.production.is_ready() else [*wrong, "the site is not ready"]


def main() -> None:
    folder = Path("/tmp") / f"clock-{os.getpid()}"  # noqa: S108 - PostgreSQL reads it as another user
    folder.mkdir(mode=0o755)
    clock, is_well = Clock(folder), True
    os.environ |= clock.environment  # of the database; the drill itself runs already, by the right clock
    try:
        with running_production(environment=clock.environment) as production:
            drill = Drill(production, clock)
            for name, ahead_seconds in JUMPS.items():
                wrong = drill.jump(ahead_seconds)
                is_well = is_well and not wrong
                print(f"{name:<14} {'nothing lasting' if not wrong else '; '.join(wrong)}", flush=True)
            print(f"{drill.reports} reports, {drill.before['mails to clinics']} mails to clinics before and after")
    finally:
        shutil.rmtree(folder)
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
