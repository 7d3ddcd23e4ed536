"""What readers see while a part of the deployment is slow, away or being replaced: real processes, a real outage."""

import contextlib
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from deploy.drills.production import wait_until

SEARCH = "/clinics/?near=02139"


def has_the_strip(text: str) -> bool:
    return all(f'href="tel:{number}"' in text for number in ("911", "988", "+18006624357"))


@contextlib.contextmanager
def held_table(production, table="clinics_zipcode"):
    """Nobody can read `table` until the block ends: every search waits in the database."""
    connection = psycopg2.connect(host=str(production.folder / "pg"), user="postgres", dbname="waypost")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def waiting_for_a_lock(production) -> int:
    [[count]] = production.database.rows("SELECT count(*) FROM pg_locks WHERE NOT granted")
    return count


def test_a_search_that_takes_too_long_is_a_503_with_the_helplines_and_frees_its_worker(production):
    asker = production.asker()
    assert asker.get(SEARCH).status == 200
    everyone = 4 * production.web_workers  # as many as there are threads
    # The table is held until all have their answers: it is the limit of the role that ends the searches.
    with held_table(production), ThreadPoolExecutor(everyone) as pool:
        alone = asker.get(SEARCH)
        answers = list(pool.map(lambda _: production.asker().get(SEARCH), range(everyone)))
        assert waiting_for_a_lock(production) == 0  # the server works for nobody any more
        home = asker.get("/?page=1")  # with a query nginx keeps no page: this one is of the site itself
    assert {answer.status for answer in answers} == {503}
    for answer in (alone, *answers):
        assert has_the_strip(answer.text)
        assert "We cannot look that up right now" in answer.text
        assert answer.headers["retry-after"] == "60"
    assert home.status == 200
    assert asker.get(SEARCH).status == 200


def test_a_job_may_take_longer_than_a_search(production):
    [[web]] = production.database.rows("SELECT rolconfig::text FROM pg_roles WHERE rolname = 'waypost_web'")
    [[jobs]] = production.database.rows("SELECT rolconfig::text FROM pg_roles WHERE rolname = 'waypost_jobs'")
    assert "statement_timeout=3s" in web
    assert "statement_timeout=60s" in jobs
    ask = (
        "import django; django.setup(); from django.db import connection; cursor = connection.cursor()\n"
        "cursor.execute('SHOW {}'); print(cursor.fetchone()[0])"
    )
    # What arrives at the two ends, through the pooler and without it.
    assert production.python("-c", ask.format("statement_timeout"), role="web").strip() == "3s"
    assert production.python("-c", ask.format("statement_timeout"), role="jobs").strip() == "1min"
    assert production.python("-c", ask.format("jit"), role="web").strip() == "off"


def test_without_its_database_the_site_says_so_and_is_back_by_itself(production):
    asker, processes = production.asker(), production.web.children()
    production.database.stop("immediate")  # as if its power had gone
    try:
        for path, status in {"/?page=1": 200, "/privacy/": 200, "/no/such/page/": 404, "/healthz": 200}.items():
            answer = asker.get(path)
            assert answer.status == status, path
            assert path == "/healthz" or has_the_strip(answer.text), path
        for path in (SEARCH, "/es" + SEARCH, "/locations/ny/?page=1"):
            answer = asker.get(path)
            assert answer.status == 503, path
            assert has_the_strip(answer.text), path
        assert "We cannot look that up right now" in asker.get(SEARCH).text
        assert asker.get("/readyz").status == 503
    finally:
        production.database.start()
    wait_until(lambda: asker.get(SEARCH).status == 200, "a search after the database came back")
    wait_until(lambda: asker.get("/readyz").status == 200, "readiness")
    assert production.web.children() == processes  # nobody was restarted


def test_a_reader_is_answered_while_the_database_hangs(production):
    [[postmaster]] = [(production.database.data / "postmaster.pid").read_text().split()[:1]]
    backends = [
        pid for [pid] in production.database.rows("SELECT pid FROM pg_stat_activity WHERE usename LIKE 'waypost_%%'")
    ]
    stopped = [int(postmaster), *backends]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        answer = production.asker().get(SEARCH)  # before the database goes on
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert answer.status == 503
    assert has_the_strip(answer.text)
    wait_until(lambda: production.asker().get(SEARCH).status == 200, "a search afterwards")


def test_a_web_server_that_is_replaced_answers_whom_it_has_begun_to_serve(production):
    with ThreadPoolExecutor(4) as pool:
        with held_table(production):
            asked = [pool.submit(production.asker().get, SEARCH) for _ in range(4)]
            wait_until(lambda: waiting_for_a_lock(production) == 4, "four searches under way", 10)
            production.web.running.send_signal(signal.SIGTERM)
            # As soon as it has closed its door, for a search that has to wait for three seconds is ended anyway.
            wait_until(lambda: not production.socket.exists(), "a web server that takes no more", 10)
        answers = [each.result() for each in asked]
    assert production.asker().get("/?page=1").status == 503
    production.web.running.wait(30)
    production.web.start()
    wait_until(production.is_ready, "the web server")
    assert [answer.status for answer in answers] == [200, 200, 200, 200]
    assert all("clinics" in answer.text for answer in answers)


@pytest.mark.parametrize(
    ("path", "words"), [("/clinics/?near=02139", "back in a few minutes"), ("/es/clinics/", "minutos")]
)
def test_without_the_web_server_the_proxy_answers_with_the_helplines(production, path, words):
    production.web.stop()
    try:
        answers = [production.asker().get(path), production.asker().ask("POST", path, b"problem=moved")]
    finally:
        production.web.start()
        wait_until(production.is_ready, "the web server")
    for answer in answers:
        assert answer.status == 503
        assert has_the_strip(answer.text)
        assert words in answer.text
        assert answer.headers["retry-after"] == "60"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_reader_whose_worker_is_killed_is_answered_by_another(production):
    with ThreadPoolExecutor(1) as pool:
        with held_table(production):
            asked = pool.submit(production.asker().get, SEARCH)
            wait_until(lambda: waiting_for_a_lock(production) == 1, "a search under way", 10)
            workers = production.web.children()
            for number in (signal.SIGSTOP, signal.SIGKILL):  # at once: none takes over what another one leaves
                for pid in workers:
                    os.kill(pid, number)
        assert asked.result().status == 200
    wait_until(lambda: len(production.web.children()) == production.web_workers, "new workers", 30)


def test_a_mail_server_that_is_down_keeps_nobody_from_signing_up(production):
    asker = production.asker()
    asker.get("/account/signup/")
    answer = asker.post("/account/signup/", {"email": "doctor@example.org", "password1": "long enough for anybody"})
    assert (answer.status, answer.headers["location"]) == (302, "/account/confirm-email/")
    kept = "SELECT count(*) FROM core_outgoingemail WHERE sent_at IS NULL AND \"to\" = 'doctor@example.org'"
    assert production.database.rows(kept) == [(1,)]
