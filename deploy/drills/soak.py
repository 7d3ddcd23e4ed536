"""`make soak`: mixed load on the deployed site for MINUTES (10).

Readers, reports, edits and payments (money.py) run while the drill kills workers of the web server and processes of
the jobs, single ones and the first of them, which are started again as the unit does, and restarts PostgreSQL several
times, once as after a power cut. Every answer is compared with the answer before the load, every acknowledged write
must be there at the end, and every cent must be where the gateway has it.
"""

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import psutil

from deploy.drills.gateway import Gateway
from deploy.drills.money import MAKE_BUYERS, Money
from deploy.drills.production import Production, keep_running, running_production, wait_until

SECONDS = float(os.environ.get("MINUTES", "10")) * 60
KILL_EVERY, KILL_WINDOW, BACK_WITHIN = 20, 2, 5  # seconds
PLACES = ("02139", "10001", "60601", "Baltimore, MD", "94103", "Texas")
MOST_GROWTH = 0.15  # of memory, from the first third to the last
# Without the database the home page lacks only this heading.
WITHOUT_DATABASE = {"/": "Articles", "/es/": "Artículos"}
MAKE_OWNER = """
import django; django.setup()
from allauth.account.models import EmailAddress
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.conf import settings
from listings.models import Listing, Membership, Submission
user = User.objects.create_user("soak", email="soak@practice.example", password="a sentence to log in with")
EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
listing = Listing.objects.create(practice_name="Soak")
Membership.objects.create(listing=listing, user=user)
Submission.objects.create(listing=listing, started_by=user)
session = SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.save()
print(listing.pk, settings.SESSION_COOKIE_NAME, session.session_key)
"""


@dataclass
class Journal:
    """What happened in all threads."""

    answers: Counter = field(default_factory=Counter)
    failures: list = field(default_factory=list)  # (start, end, what)
    wrong: list = field(default_factory=list)  # answers
    windows: list = field(default_factory=list)  # [start, end, why]
    killed: Counter = field(default_factory=Counter)  # of the jobs
    memory_mb: list = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, what: str) -> None:
        with self.lock:
            self.answers[what] += 1

    def failed(self, start: float, what: str) -> None:
        with self.lock:
            self.failures.append((start, time.monotonic(), what))

    def unexplained(self) -> list[str]:
        """Failures outside every restart and every kill."""
        return [
            f"{what} after {end - start:.1f} s"
            for start, end, what in self.failures
            if not any(start <= until and end >= since for since, until, _ in self.windows)
        ]


class Load:
    def __init__(self, production: Production, gateway: Gateway):
        self.production, self.journal, self.stopped = production, Journal(), threading.Event()
        buyers = json.loads(production.python("-c", MAKE_BUYERS, role="jobs").splitlines()[-1])
        self.money = Money(production, gateway, buyers, self.answer_of)
        self.listing, cookie, session = production.python("-c", MAKE_OWNER, role="jobs").split()
        self.owner = production.client("127.20.0.1")
        self.owner.cookies[cookie] = session
        self.expected = self.expected_answers()
        read = {int(number) for path in self.expected for number in re.findall(r"^/clinics/(\d+)/", path)}
        listed = production.database.rows("SELECT id FROM clinics_clinic WHERE is_listed")
        self.unread = [number for [number] in listed if number not in read]
        self.reports, self.last_edit = [], 0

    def expected_answers(self) -> dict[str, object]:
        """{address: what its answer must contain}, read before the load."""
        client, expected, clinics = self.production.client(), {}, []
        for place in PLACES:
            path = f"/clinics/?near={place.replace(' ', '%20')}&format=json"
            expected[path] = essentials_of(client.get(path).text)
            clinics += [found[0] for found in expected[path][1][:2]]
        paths = [client.get(f"/clinics/{number}/x/").headers["location"] for number in clinics]
        paths += ["/", "/locations/ny/", "/articles/", "/articles/why-a-return-to-use-is-not-the-end/", "/es/"]
        return expected | {path: headings_of(client.get(path).text) for path in paths}

    def answer_of(self, what: str, request):
        """The answer of `request()`; None, and a failure in the journal, if there is none or the site fails."""
        start = time.monotonic()
        try:
            answer = request()
        except (OSError, http.client.HTTPException) as error:
            self.journal.failed(start, f"{what}: {type(error).__name__}")
            return None
        if answer.status >= 500:
            self.journal.failed(start, f"{what}: {answer.status}")
            return None
        self.journal.answered(what)
        return answer

    def repeat(self, one_more, pause_seconds: float):
        while not self.stopped.is_set():
            one_more()
            time.sleep(pause_seconds)

    def noted(self, task) -> None:
        """A part of the load that ends early is a fault of the drill, which then proves less."""
        try:
            task()
        except Exception as error:
            self.journal.wrong.append(f"a part of the load ended: {error!r}")
            raise

    # The load

    def read(self, number: int) -> None:
        client, generator = self.production.client(f"127.21.0.{number}"), random.Random(number)

        def one_more():
            path = generator.choice(list(self.expected))
            answer = self.answer_of("page", lambda: client.get(path))
            if answer is None:
                return
            core = essentials_of if "format=json" in path else headings_of
            found = core(answer.text) if answer.status == 200 else answer.status
            if found != self.expected[path] and found != without(self.expected[path], WITHOUT_DATABASE.get(path)):
                self.journal.wrong.append(f"{path}: {str(found)[:200]} instead of {str(self.expected[path])[:200]}")

        self.repeat(one_more, 0.1)

    def report(self) -> None:
        def one_more():
            number = len(self.reports) + len(self.journal.failures)
            client = self.production.client(
                f"127.22.{number // 250 % 250}.{number % 250 + 1}"
            )  # a few reports a day from each address are allowed
            clinic, note = random.choice(self.unread), f"soak {time.monotonic_ns()}"
            found = self.answer_of("form", lambda: client.get(f"/clinics/{clinic}/x/report/"))
            if found is None or not self.answer_of("form", lambda: client.get(found.headers["location"])):
                return
            values = {"problem": "moved", "note": note}
            answer = self.answer_of("report", lambda: client.post(found.headers["location"], values))
            if answer and answer.status == 302:
                self.reports.append(note)
            elif answer:
                self.journal.wrong.append(f"a report was answered with {answer.status}")

        self.repeat(one_more, 0.3)

    def edit(self) -> None:
        path = f"/account/listings/{self.listing}/form/description/"

        def one_more():
            page = self.answer_of("form", lambda: self.owner.get(path))
            if page is None:
                return
            if self.last_edit and f"edit {self.last_edit:06d}" not in page.text:
                self.journal.wrong.append(f"the owner does not see edit {self.last_edit}")
            number = self.last_edit + 1
            typed = {"description": f"We treat. This is edit {number:06d}."}
            answer = self.answer_of("edit", lambda: self.owner.post(path, typed))
            if answer and answer.status in (302, 422):
                self.last_edit = number
            elif answer:
                self.journal.wrong.append(f"an edit was answered with {answer.status}")

        self.repeat(one_more, 0.3)

    # The failures

    def kill_workers(self) -> None:
        while not self.stopped.wait(KILL_EVERY):
            victim, now = random.choice(self.production.web.children()), time.monotonic()
            self.journal.windows.append([now, now + KILL_WINDOW, "kill"])
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)

    def kill_jobs(self) -> None:
        """By turns a worker and the first of their processes; readers do not wait for them."""
        for number in itertools.count():
            if self.stopped.wait(KILL_EVERY):
                return
            with contextlib.suppress(psutil.Error):
                first = psutil.Process(self.production.jobs.running.pid)
                victim = first if number % 2 else random.choice(first.children(recursive=True))
                victim.kill()
                with self.journal.lock:
                    self.journal.killed["jobs, the first process" if victim == first else "jobs, another process"] += 1

    def restart_database(self) -> None:
        for mode in ("fast", "immediate", "fast"):
            if self.stopped.wait(SECONDS / 4):
                return
            start = time.monotonic()
            window = [start, float("inf"), "restart"]
            self.journal.windows.append(window)
            self.production.database.stop(mode)
            self.production.database.start()
            window[1] = time.monotonic() + BACK_WITHIN

    def measure_memory(self) -> None:
        while not self.stopped.wait(5):
            total = 0
            for each in (
                self.production.web,
                self.production.nginx,
                self.production.pooler,
            ):  # jobs never grow old here
                with contextlib.suppress(psutil.Error):
                    process = psutil.Process(each.running.pid)
                    for one in (process, *process.children(recursive=True)):
                        with contextlib.suppress(psutil.Error):
                            total += one.memory_info().rss
            self.journal.memory_mb.append(total / 2**20)

    def run(self) -> None:
        tasks = [lambda n=n: self.read(n) for n in (1, 2, 3)]
        tasks += [self.report, self.edit, self.measure_memory]
        tasks += [lambda: self.repeat(self.money.buy, 1), lambda: self.repeat(self.money.happen, 0.5)]
        tasks += [lambda: self.repeat(self.money.deliver, 0.3)]
        tasks += [self.kill_workers, self.kill_jobs, self.restart_database]
        tasks += [lambda: keep_running(self.production.jobs, "waypost-jobs", self.stopped)]
        threads = [threading.Thread(target=self.noted, args=[task]) for task in tasks]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
        self.stopped.set()
        for thread in threads:
            thread.join()

    def lost(self) -> list[str]:
        """Acknowledged writes that are missing or stored twice."""
        rows = self.production.database.rows
        notes = Counter(note for [note] in rows("SELECT note FROM clinics_correction WHERE note LIKE 'soak %%'"))
        lost = [f"report {note}" for note in self.reports if notes[note] != 1]
        [[answers]] = rows("SELECT answers FROM listings_submission WHERE listing_id = %s", int(self.listing))
        edits = [int(number) for number in re.findall(r"edit (\d+)", json.dumps(answers))]
        return lost if edits and edits[0] >= self.last_edit else [*lost, f"edit {self.last_edit}: {edits}"]


def essentials_of(text: str) -> tuple:
    """What must not change in a search: the clinics, their order, distances and count."""
    found = json.loads(text)
    return found["count"], [(result["id"], result["phone"], result["distance_miles"]) for result in found["results"]]


def headings_of(text: str) -> tuple:
    """What must not change in a page: its headings and all phone numbers."""
    headings = re.findall(r"<h[12][^>]*>(.*?)</h[12]>", text, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>|\s+", " ", each)).strip() for each in headings], re.findall(
        r'href="tel:([^"]+)"', text
    )


def without(expected: tuple, heading: str | None) -> tuple:
    headings, numbers = expected
    return ([each for each in headings if each != heading], numbers) if heading else expected


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="wp-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with Gateway(Path(folder) / "gateway") as gateway, running_production(environment=gateway.of_site()) as site:
            load = Load(site, gateway)
            load.run()
            wait_until(site.is_ready, "the site after the load")
            swept = load.money.settle()
            lost, differences, money = load.lost(), load.money.differences(), load.money.summary()
    sys.exit(0 if is_well(load, lost, differences, f"{money}\nThe sweep at the end: {swept}") else 1)


def is_well(load: Load, lost: list[str], differences: list[str], money: str) -> bool:
    """Print what happened; whether nothing is lost, wrong or unexplained."""
    journal, kinds = load.journal, Counter(why for _, _, why in load.journal.windows)
    killed = "".join(f", {count} of the {what}" for what, count in journal.killed.items())
    print(f"{SECONDS / 60:g} minutes; killed: {kinds['kill']} workers{killed}")
    print(f"PostgreSQL restarted {kinds['restart']} times")
    print(f"answered: {', '.join(f'{count} {what}s' for what, count in journal.answers.most_common())}")
    acknowledged = len(load.reports) + len(load.money.acknowledged) + load.last_edit
    print(f"{acknowledged} acknowledged writes, {len(lost)} of them lost; {len(journal.wrong)} wrong answers")
    print(f"{money}\n{len(differences)} differences from the gateway")
    unexplained = journal.unexplained()
    print(f"{len(journal.failures)} failures, {len(unexplained)} of them outside a restart or a kill")
    print(f"  {dict(Counter(what for _, _, what in journal.failures))}")
    third = max(1, len(journal.memory_mb) // 3)
    before, after = (statistics.median(part) for part in (journal.memory_mb[:third], journal.memory_mb[-third:]))
    print(f"memory of web server, nginx and PgBouncer: {before:.0f} MB in the first third, {after:.0f} in the last")
    print("\n".join([*lost[:10], *differences[:10], *journal.wrong[:10], *unexplained[:10]]))
    return not (lost or differences or journal.wrong or unexplained or after > before * (1 + MOST_GROWTH))


if __name__ == "__main__":
    main()
