"""`make drill-privacy-audit`: a search leaves nothing behind.

Searches for places that nobody else asks for, in the deployed layout, on paths that succeed, fail, are slow or do not
exist; then looks for those places in every log, table, mail and file of the deployment.
"""

import itertools
import sys
from pathlib import Path

from deploy.drills.production import Production, running_production, wait_until
from tests.deploy.test_outages import held_table

ZIP, POINT, FILTER = "83555", ("46.2137", "-116.5719"), "yupik"
WORDS = "somewhereinidaho"  # what was typed into a field that is not kept
NEEDLES = (ZIP, *POINT, FILTER, WORDS)
ADDRESS = "127.66.55.44"
MEMORY = Path("/dev/shm")  # noqa: S108 - only read: gunicorn keeps small files there
# What the site knows of the ZIP itself: its table of places, and facts of clinics (the code book names Yupik).
KNOWN = {
    "clinics_zipcode", "clinics_city", "clinics_service", "clinics_clinic", "clinics_clinicsearch", "django_q_ormq",
}  # fmt: skip


def search(production: Production) -> int:
    """Ask in every way; how many questions were asked."""
    asker, asked = production.asker(ADDRESS), itertools.count()

    def ask(path: str, *statuses: int, method="GET", body=None):
        answer = asker.ask(method, path, body, {"Referer": f"https://{asker.name}/clinics/?near={ZIP}"})
        next(asked)
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
    ask(f"/locations/id/?near={ZIP}", 200)
    ask(f"/articles/?q={WORDS}", 200)
    ask(f"/articles/why-a-return-to-use-is-not-the-end/?near={ZIP}", 200)
    ask(f"/clinics/?near={ZIP}", 405, 403, method="POST", body=f"near={ZIP}".encode())
    ask(f"/clinics/?near={ZIP}&x={'9' * 20_000}", 414)
    ask(f"/clinics/?near={ZIP}", 413, method="POST", body=f"near={ZIP}".encode() * 200_000)
    ask(f"/clinics/?near={ZIP} {WORDS}".replace(" ", "%20"), 200)
    with held_table(production):  # slow: the role's limit ends it
        ask(f"/clinics/?{good}", 503)
    with production.database.cursor() as cursor:  # broken: a mistake of ours
        cursor.execute("ALTER TABLE clinics_zipcode RENAME TO clinics_hidden")
        ask(f"/clinics/?{good}", 500)
        cursor.execute("ALTER TABLE clinics_hidden RENAME TO clinics_zipcode")
    production.database.stop("immediate")  # away
    ask(f"/clinics/?{good}", 503)
    production.database.start()
    wait_until(production.is_ready, "the database is back", 10)
    production.web.stop()  # no web server behind the proxy
    ask(f"/clinics/?{good}", 503)
    production.web.start()
    wait_until(production.is_ready, "the web server is back")
    return next(asked)


def report_and_sign_up(production: Production) -> None:
    """A report and an account of somebody who has just searched: what they wrote is kept, where they looked is not."""
    asker = production.asker(ADDRESS)
    [[clinic]] = production.database.rows("SELECT min(id) FROM clinics_clinic WHERE is_listed")
    path = asker.get(f"/clinics/{clinic}/x/report/?near={ZIP}").headers["location"]
    asker.get(path)
    asker.post(path, {"problem": "moved", "message": "The door is closed."})
    asker.get(f"/account/signup/?near={ZIP}")
    asker.post("/account/signup/", {"email": "doctor@example.org", "password1": "long enough for anybody"})
    wait_until(lambda: "doctor@example.org" in (production.folder / "log" / "jobs.log").read_text(), "the mail", 60)


def files_with(folders: list[Path], needles) -> tuple[int, list[str]]:
    """How many files were read, and where a needle is in them."""
    count, found = 0, []
    for path in (path for folder in folders for path in folder.rglob("*") if path.is_file()):
        if "data" in path.parts and "pg" in path.parts:
            continue  # PostgreSQL's own files are read as tables
        count += 1
        text = path.read_bytes()
        found += [f"{needle} in {path}" for needle in needles if needle.encode() in text]
    return count, found


def tables_with(production: Production, needles) -> tuple[int, int, list[str]]:
    """How many tables and rows were read, and where a needle is in them."""
    rows, found = 0, []
    tables = [name for [name] in production.database.rows("SELECT relname FROM pg_stat_user_tables ORDER BY 1")]
    for table in [*tables, "pg_stat_statements"]:  # the texts of queries, which must be without their values
        query = f'SELECT count(*), count(*) FILTER (WHERE t::text ~ %s) FROM "{table}" t'
        [[count, hits]] = production.database.rows(query, "|".join(needles))
        rows += count
        if hits and table not in KNOWN:
            found.append(f"{hits} rows of {table}")
    return len(tables), rows, found


def addresses_in(production: Production) -> list[str]:
    """Where the address of who asked is: our own counters hold a hash that nobody can turn back."""
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
        asked = search(production)
        report_and_sign_up(production)
        grown = [f"{name} holds more than before" for name in tables if hits_in(production, name) > before[name]]
        files, in_files = files_with([production.folder, MEMORY], (*NEEDLES, ADDRESS))
        count, rows, in_tables = tables_with(production, NEEDLES)
        in_tables += addresses_in(production)
        lines = len((production.folder / "log" / "access.log").read_text().splitlines())
    print(f"{asked} questions in eleven ways, a report and a sign-up; {lines} lines in the access log")
    print(f"{files} files (logs, mails, caches, temporary files) and {count} tables with {rows:,} rows were read")
    found = [*in_files, *in_tables, *grown]
    print("\n".join(found) or "The canaries are in none of them.")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
