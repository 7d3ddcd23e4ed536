"""What readers see while a part of the deployment is slow, down or restarting. The outages are real."""

import contextlib
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest

from deploy.drills.production import wait_until
from deploy.drills.server import postmaster_of

SEARCH = "/clinics/?near=02139"


def has_helplines(text: str) -> bool:
    return all(f'href="tel:{number}"' in text for number in ("911", "988", "+18006624357"))


@contextlib.contextmanager
def held_table(production, table="clinics_zipcode"):
    """Lock `table` until the block ends, so that every search waits in the database."""
    connection = psycopg2.connect(host=str(production.folder / "pg"), user="postgres", dbname="waypost")
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        connection.close()


def count_waiting_searches(production) -> int:
    """A job that waits at the same lock is none: its role may wait longer."""
    [[count]] = production.database.rows(
        "SELECT count(*) FROM pg_stat_activity WHERE usename = 'waypost_web' AND wait_event_type = 'Lock'"
    )
    return count


def test_a_search_that_takes_too_long_is_a_503_with_the_helplines_and_frees_its_worker(production):
    client = production.client()
    assert client.get(SEARCH).status == 200
    count = 4 * production.web_workers  # as many as there are threads
    # The table stays locked until all are answered, so it is the limit of the role that ends the searches.
    with held_table(production), ThreadPoolExecutor(count) as pool:
        alone = client.get(SEARCH)
        answers = list(pool.map(lambda _: production.client().get(SEARCH), range(count)))
        assert count_waiting_searches(production) == 0  # the database works on no search any more
        home = client.get("/?page=1")  # nginx caches no page with a query, so the site answers
    assert {answer.status for answer in answers} == {503}
    for answer in (alone, *answers):
        assert has_helplines(answer.text)
        assert "We cannot look that up right now" in answer.text
        assert answer.headers["retry-after"] == "60"
    assert home.status == 200
    assert client.get(SEARCH).status == 200


def test_a_job_may_take_longer_than_a_search(production):
    [[web]] = production.database.rows("SELECT rolconfig::text FROM pg_roles WHERE rolname = 'waypost_web'")
    [[jobs]] = production.database.rows("SELECT rolconfig::text FROM pg_roles WHERE rolname = 'waypost_jobs'")
    assert "statement_timeout=3s" in web
    assert "statement_timeout=60s" in jobs
    ask = (
        "import django; django.setup(); from django.db import connection; cursor = connection.cursor()\n"
        "cursor.execute('SHOW {}'); print(cursor.fetchone()[0])"
    )
    # The limits as they arrive, with the pooler and without it.
    assert production.python("-c", ask.format("statement_timeout"), role="web").strip() == "3s"
    assert production.python("-c", ask.format("statement_timeout"), role="jobs").strip() == "1min"
    assert production.python("-c", ask.format("jit"), role="web").strip() == "off"


def test_without_a_database_the_site_says_so_and_recovers_by_itself(production):
    client, processes = production.client(), production.web.children()
    production.database.stop("immediate")  # as after a power cut
    try:
        for path, status in {"/?page=1": 200, "/privacy/": 200, "/no/such/page/": 404, "/healthz": 200}.items():
            answer = client.get(path)
            assert answer.status == status, path
            assert path == "/healthz" or has_helplines(answer.text), path
        for path in (SEARCH, "/es" + SEARCH, "/locations/ny/?page=1"):
            answer = client.get(path)
            assert answer.status == 503, path
            assert has_helplines(answer.text), path
        assert "We cannot look that up right now" in client.get(SEARCH).text
        assert client.get("/readyz").status == 503
    finally:
        production.database.start()
    wait_until(lambda: client.get(SEARCH).status == 200, "a search after the database came back")
    wait_until(lambda: client.get("/readyz").status == 200, "readiness")
    assert production.web.children() == processes  # no worker was restarted


def test_a_reader_is_answered_while_the_database_hangs(production):
    postmaster = postmaster_of(production.database.data).pid
    backends = [
        pid for [pid] in production.database.rows("SELECT pid FROM pg_stat_activity WHERE usename LIKE 'waypost_%%'")
    ]
    stopped = [postmaster, *backends]
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        answer = production.client().get(SEARCH)  # before the database continues
    finally:
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert answer.status == 503
    assert has_helplines(answer.text)
    wait_until(lambda: production.client().get(SEARCH).status == 200, "a search afterwards")


def test_a_stopping_web_server_answers_requests_in_progress(production):
    with ThreadPoolExecutor(4) as pool:
        with held_table(production):
            requests = [pool.submit(production.client().get, SEARCH) for _ in range(4)]
            wait_until(lambda: count_waiting_searches(production) == 4, "four searches under way", 10)
            production.web.running.send_signal(signal.SIGTERM)
            # Release the table as soon as the socket is closed, before the limit of the role ends the searches.
            wait_until(lambda: not production.socket.exists(), "a web server that accepts no more requests", 10)
        answers = [each.result() for each in requests]
    assert production.client().get("/?page=1").status == 503
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
        answers = [production.client().get(path), production.client().request("POST", path, b"problem=moved")]
    finally:
        production.web.start()
        wait_until(production.is_ready, "the web server")
    for answer in answers:
        assert answer.status == 503
        assert has_helplines(answer.text)
        assert words in answer.text
        assert answer.headers["retry-after"] == "60"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_reader_whose_worker_is_killed_is_answered_by_another(production):
    with ThreadPoolExecutor(1) as pool:
        with held_table(production):
            requests = pool.submit(production.client().get, SEARCH)
            wait_until(lambda: count_waiting_searches(production) == 1, "a search under way", 10)
            workers = production.web.children()
            for number in (signal.SIGSTOP, signal.SIGKILL):  # together, so that no other worker takes over the search
                for pid in workers:
                    os.kill(pid, number)
        assert requests.result().status == 200
    wait_until(lambda: len(production.web.children()) == production.web_workers, "new workers", 30)


def test_people_can_sign_up_while_the_mail_server_is_down(production):
    client = production.client()
    client.get("/account/signup/")
    answer = client.post("/account/signup/", {"email": "doctor@example.org", "password1": "long enough for anybody"})
    assert (answer.status, answer.headers["location"]) == (302, "/account/confirm-email/")
    kept = "SELECT count(*) FROM core_outgoingemail WHERE sent_at IS NULL AND \"to\" = 'doctor@example.org'"
    assert production.database.rows(kept) == [(1,)]
