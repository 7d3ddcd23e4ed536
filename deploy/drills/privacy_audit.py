"""`make drill-privacy-audit`: checks that a search leaves no trace.

Searches the deployed site for values that nobody else uses, with requests that succeed, fail, are slow or name no
page; then looks for these values in every log, table, mail and file of the deployment.
"""

import itertools
import sys
from pathlib import Path

from deploy.drills.production import Production, running_production, wait_until
from tests.deploy.test_outages import held_table

ZIP, POINT, FILTER = "83555", ("46.2137", "-116.5719"), "yupik"
WORDS = "somewhereinidaho"  # typed into a field that is not stored
NEEDLES = (ZIP, *POINT, FILTER, WORDS)
ADDRESS = "127.66.55.44"
MEMORY = Path("/dev/shm")  # noqa: S108 - only read: gunicorn keeps small files there
# Tables that contain the values anyway: places, and facts of clinics (the code book names Yupik).
KNOWN = {
    "clinics_zipcode", "clinics_city", "clinics_service", "clinics_clinic", "clinics_clinicsearch", "django_q_ormq",
}  # fmt: skip


def search(production: Production) -> int:
    """Search in every way. Returns the number of requests."""
    client, number = production.client(ADDRESS), itertools.count()

    def ask(path: str, *statuses: int, method="GET", body=None):
        answer = client.request(method, path, body, {"Referer": f"https://{client.name}/clinics/?near={ZIP}"})
        next(number)
        if answer.status not in statuses:
            sys.exit(f"{path} was answered with {answer.status}, not {statuses}")

    good = f"near={ZIP}&radius=any&language={FILTER}"
    for prefix, end in itertools.product(
        ("", "/es"), ("", "&format=json", "&format=csv", "&format=geojson", "&page=2")
    ):
        ask(f"{prefix}/clinics/?{good}{end}", 200, 400)
    ask(f"/clinics/?near={','.join(POINT)}", 200)
    ask(f"/clinics/?near={WORDS}", 200)
    ask(f"/clinics/?near={ZIP}&radius=abc&format=json", 400)
    ask(f"/clinics/?near=%00{ZIP}%FF", 200, 400)
    ask(f"/clinics?near={ZIP}", 301)
    ask(f"/no/such/page/{ZIP}/?near={ZIP}", 404)
    ask(f"/{ZIP}/", 404)
    for path in (f"/t/{ZIP}", f"/es/t/{ZIP}?language={FILTER}", f"/%74/{ZIP}", f"/t/{WORDS}", f"/t/{','.join(POINT)}"):
        ask(path, 200)
    ask(f"/locations/id/?near={ZIP}", 200)
    ask(f"/articles/?q={WORDS}", 200)
    ask(f"/articles/why-a-return-to-use-is-not-the-end/?near={ZIP}", 200)
    ask(f"/clinics/?near={ZIP}", 405, 403, method="POST", body=f"near={ZIP}".encode())
    ask(f"/clinics/?near={ZIP}&x={'9' * 20_000}", 414)
    ask(f"/clinics/?near={ZIP}", 413, method="POST", body=f"near={ZIP}".encode() * 200_000)
    ask(f"/clinics/?near={ZIP} {WORDS}".replace(" ", "%20"), 200)
    with held_table(production):  # slow: the limit of the role ends the query
        ask(f"/clinics/?{good}", 503)
        ask(f"/t/{ZIP}", 503)
    with production.database.cursor() as cursor:  # broken: a mistake of ours
        cursor.execute("ALTER TABLE clinics_zipcode RENAME TO clinics_hidden")
        ask(f"/clinics/?{good}", 500)
        ask(f"/t/{ZIP}", 500)
        cursor.execute("ALTER TABLE clinics_hidden RENAME TO clinics_zipcode")
    production.database.stop("immediate")  # away
    ask(f"/clinics/?{good}", 503)
    production.database.start()
    wait_until(production.is_ready, "the database is back", 10)
    production.web.stop()  # no web server behind the proxy
    ask(f"/clinics/?{good}", 503)
    ask(f"/t/{ZIP}", 503)
    production.web.start()
    wait_until(production.is_ready, "the web server is back")
    return next(number)


def report_and_sign_up(production: Production) -> None:
    """Send a report and sign up after a search: the site stores what was sent, but not the search."""
    client = production.client(ADDRESS)
    [[clinic]] = production.database.rows("SELECT min(id) FROM clinics_clinic WHERE is_listed")
    path = client.get(f"/clinics/{clinic}/x/report/?near={ZIP}").headers["location"]
    client.get(path)
    client.post(path, {"problem": "moved", "message": "The door is closed."})
    client.get(f"/account/signup/?near={ZIP}")
    client.post("/account/signup/", {"email": "doctor@example.org", "password1": "long enough for anybody"})
    wait_until(lambda: "doctor@example.org" in (production.folder / "log" / "jobs.log").read_text(), "the mail", 60)


def files_with(folders: list[Path], needles) -> tuple[int, list[str]]:
    """How many files were read, and which contain a needle."""
    count, found = 0, []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        if "data" in path.parts and "pg" in path.parts:
            continue  # PostgreSQL's own files are read as tables
        count += 1
        text = path.read_bytes()
        found += [f"{needle} in {path}" for needle in needles if needle.encode() in text]
    return count, found


def tables_with(production: Production, needles) -> tuple[int, int, list[str]]:
    """How many tables and rows were read, and which contain a needle."""
    rows, found = 0, []
    tables = [name for [name] in production.database.rows("SELECT relname FROM pg_stat_user_tables ORDER BY 1")]
    for table in [*tables, "pg_stat_statements"]:  # the texts of queries, which must not contain their values
        query = f'SELECT count(*), count(*) FILTER (WHERE t::text ~ %s) FROM "{table}" t'
        [[count, hits]] = production.database.rows(query, "|".join(needles))
        rows += count
        if hits and table not in KNOWN:
            found.append(f"{hits} rows of {table}")
    return len(tables), rows, found


def addresses_in(production: Production) -> list[str]:
    """Which tables contain the client's address. Counters hold a hash that cannot be reversed."""
    names = [name for [name] in production.database.rows("SELECT relname FROM pg_stat_user_tables")]
    query = 'SELECT count(*) FROM "{}" t WHERE strpos(t::text, %s) > 0'
    found = {name: production.database.rows(query.format(name), ADDRESS)[0][0] for name in names}
    return [f"{ADDRESS} in {name}" for name, hits in found.items() if hits]


def hits_in(production: Production, table: str) -> int:
    [[hits]] = production.database.rows(f'SELECT count(*) FROM "{table}" t WHERE t::text ~ %s', "|".join(NEEDLES))
    return hits


def main() -> None:
    with running_production() as production:
        tables = [n for [n] in production.database.rows("SELECT relname FROM pg_stat_user_tables") if n in KNOWN]
        before = {table: hits_in(production, table) for table in tables}
        count_of_requests = search(production)
        report_and_sign_up(production)
        grown = [f"{name} holds more than before" for name in tables if hits_in(production, name) > before[name]]
        files, in_files = files_with([production.folder, MEMORY], (*NEEDLES, ADDRESS))
        count, rows, in_tables = tables_with(production, NEEDLES)
        in_tables += addresses_in(production)
        lines = len((production.folder / "log" / "access.log").read_text().splitlines())
    print(f"{count_of_requests} requests, a report and a sign-up; {lines} lines in the access log")
    print(f"{files} files (logs, mails, caches, temporary files) and {count} tables with {rows:,} rows were read")
    found = [*in_files, *in_tables, *grown]
    print("\n".join(found) or "None of them contains a searched value.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
