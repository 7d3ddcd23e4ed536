"""`make drill-upgrade`: a database of commit a147d2c, upgraded in place by this checkout, with every row compared.

Code of that commit fills every table: SAMHSA's workbook of 2022 (DATA=, if it is not beside the checkout), two
listings, a paid plan, articles, mails. Then this checkout migrates it. Prints the rows of each table, and fails if one
row is lost, new or different in anything but the moves listed here, or if the schema is not that of a new database.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from io import BytesIO
from pathlib import Path

from deploy.drills.restore import execute_alone
from deploy.drills.rows import execute, manage
from deploy.drills.server import CHECKOUT, Server, make_folder

COMMIT = "a147d2c"
WORKBOOK = CHECKOUT.parent / "shared" / "data" / "samhsa" / "National_Directory_MH_Facilities_2022.xlsx"
POSTGRES = 18

# What had another name at that commit: tables, columns of a table (by its name now), jobs of the scheduler.
TABLES = {
    "clinics_dailysalt": "core_dailysalt",
    "clinics_ratelimit": "core_ratecount",
    "listings_gatewayobject": "fake_stripe_gatewayobject",
}
COLUMNS: dict[str, dict[str, str]] = {
    "articles_article": {"state": "status"},
    "articles_comment": {"state": "status"},
    "articles_historicalarticle": {"state": "status"},
    "clinics_clinic": {"access_bits": "availability_bits", "phone_doubted_on": "phone_reported_on"},
    "clinics_correction": {"origin_hash": "reporter_hash", "outcome": "status"},
    "clinics_importdifference": {"decision": "status"},
    "clinics_possibleduplicate": {"decision": "status"},
    "listings_claim": {"state": "status"},
    "listings_submission": {"state": "status", "before": "live_answers"},
    "listings_subscription": {"next_price_told_at": "next_price_announced_at"},
}
MODULES_OF_JOBS = {
    "clinics.imports.scheduled": "clinics.imports.automatic",
    "clinics.truth.jobs": "clinics.verification.jobs",
    "listings.confirming": "listings.accounts.reconfirmation",
    "listings.owner_mails": "listings.emails.notifications",
    "listings.settling": "listings.billing.sync",
}
FUNCTIONS_OF_JOBS = {
    "ask_clinics": "send_reconfirmations",
    "ask_register": "look_up_npis",
    "forget_senders": "delete_reporter_hashes",
    "match_evidence": "match_credentials",
}
TREATS_BITS = 7 << 24  # of treatment_bits: whether a clinic treats opioid use disorder, which every row has since
# Lists of migrations, models and jobs grow with the code, and the words of names follow from the clinics. No row of
# them may be lost.
GROWING_TABLES = {"auth_permission", "django_content_type", "django_migrations", "django_q_schedule"}
GROWING_TABLES |= {"clinics_clinicword", "clinics_knownword"}
MAIL_COLUMNS = ("key", "template", "to", "language", "context", "is_secret", "error")
MAIL_COLUMNS += ("created_at", "locked_at", "sent_at", "bounced_at")
OUTBOX = "core_outgoingemail"  # of two tables, so its numbers are new; the key of a mail names it

Rows = dict[str, Counter[str]]  # {table: rows as JSON with sorted keys}


def unpack_old_code(folder: Path) -> Path:
    """The checkout of COMMIT, in `folder`."""
    try:
        archive = subprocess.run(["git", "archive", COMMIT], cwd=CHECKOUT, capture_output=True, check=True).stdout
    except subprocess.CalledProcessError:
        sys.exit(f"Commit {COMMIT} is not in this clone: it is shallow. `git fetch --unshallow` brings it.")
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


def fill_with_old_code(url: str, folder: Path, workbook: Path) -> None:
    # Read from standard input: a script of a folder would find the drills beside it as modules.
    script = (CHECKOUT / "deploy" / "drills" / f"rows_of_{COMMIT}.py").read_bytes()
    environment = {"DATABASE_URL": url, "SECRET_KEY": "of a drill", "VAR_DIR": str(folder / "var")}
    environment["DJANGO_SETTINGS_MODULE"] = "tests.settings"  # with the gateway of development
    done = subprocess.run(
        [sys.executable, "-", str(workbook)], cwd=folder, env=os.environ | environment, input=script, check=False
    )
    if done.returncode:
        sys.exit(f"FAILED: the code of {COMMIT} could not fill its database.")


def rows_of(url: str) -> Rows:
    """Every row of every table."""
    tables = execute(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
    rows = {}
    for (table,) in tables:
        found = execute(url, f'SELECT to_jsonb(t)::text FROM public."{table}" t')
        rows[table] = Counter(as_text(json.loads(row)) for (row,) in found)
    if OUTBOX in rows:
        mails = map(json.loads, rows[OUTBOX])
        rows[OUTBOX] = Counter(as_text({name: mail[name] for name in MAIL_COLUMNS}) for mail in mails)
    return rows


def as_text(row: dict) -> str:
    return json.dumps(row, sort_keys=True)


def expected(before: Rows) -> Rows:
    """The rows as they should be after the upgrade: as they were, under the names of today."""
    rows: Rows = {OUTBOX: mails_of(before)}
    for old_table in before.keys() - {"clinics_confirmationmail", "listings_mail"}:
        table = TABLES.get(old_table, old_table)
        found = before[old_table].items()
        rows[table] = Counter({as_text(renamed(table, json.loads(row))): count for row, count in found})
    return rows


def mails_of(before: Rows) -> Counter[str]:
    """The two tables of mails as rows of the one outbox."""
    mails = []
    for mail in map(json.loads, before["listings_mail"]):
        linked = {"subscription": mail["subscription_id"], "entry": mail["entry_id"]}
        mail["context"] = mail["facts"] | {name: pk for name, pk in linked.items() if pk is not None}
        mail |= {"is_secret": mail["template"] == "account", "template": f"listings/{mail['template']}"}
        mails.append(mail | {"locked_at": mail["claimed_at"], "bounced_at": None})
    rounds = {row["id"]: row for row in map(json.loads, before["clinics_confirmationrequest"])}
    for mail in map(json.loads, before["clinics_confirmationmail"]):
        asked = rounds[mail["request_id"]]
        mail |= {"key": f"reconfirmation-{asked['id']}-{mail['step']}", "template": "clinics/reconfirmation"}
        mail |= {"to": asked["email"], "language": "en", "is_secret": False, "error": ""}
        mail |= {"context": {"request": asked["id"], "step": mail["step"]}, "locked_at": mail["created_at"]}
        mails.append(mail | {"bounced_at": None if mail["sent_at"] else asked["bounced_at"]})
    return Counter(as_text({name: mail[name] for name in MAIL_COLUMNS}) for mail in mails)


def of_then(found: Rows, wanted: Rows) -> Rows:
    """The rows with the columns and the bits that there were at that commit; prints the columns that came since."""
    rows = {}
    for table, counted in found.items():
        columns = set(json.loads(next(iter(wanted.get(table) or counted), "{}")))
        reduced: Counter[str] = Counter()
        for text, count in counted.items():
            row = json.loads(text)
            new = sorted(row.keys() - columns)
            row = {name: value for name, value in row.items() if name in columns}
            if table == "clinics_clinic":
                row["treatment_bits"] &= ~TREATS_BITS
            reduced[as_text(row)] += count
        if counted and new:
            print(f"  {table}: new are {', '.join(new)}")
        rows[table] = reduced
    return rows


def renamed(table: str, row: dict) -> dict:
    names = COLUMNS.get(table, {})
    row = {names.get(name, name): value for name, value in row.items()}
    if table == "django_q_schedule":
        module, _, function = row["func"].rpartition(".")
        row["func"] = f"{MODULES_OF_JOBS[module]}.{FUNCTIONS_OF_JOBS.get(function, function)}"
    return row


def compare(wanted: Rows, found: Rows) -> bool:
    """Print each table; whether all are equal."""
    former_names = {table: f"{old} → {table}" for old, table in TABLES.items()} | {OUTBOX: f"2 tables → {OUTBOX}"}
    are_equal = True
    for table in sorted(wanted | found):
        lost = wanted.get(table, Counter()) - found.get(table, Counter())
        added = found.get(table, Counter()) - wanted.get(table, Counter())
        verdict = "equal"
        if lost or (added and table not in GROWING_TABLES):
            are_equal, verdict = False, f"FAILED: {lost.total()} rows lost or changed, {added.total()} not known"
        elif added:
            verdict = f"equal, and {added.total()} new"
        print(f"  {former_names.get(table, table):42} {wanted.get(table, Counter()).total():7,} {verdict}")
        for mark, rows in (("-", lost), ("+", added if table not in GROWING_TABLES else ())):
            for row in list(rows)[:3]:
                print(f"    {mark} {row[:1000]}")
    return are_equal


def schema_of(server: Server, database: str) -> set[str]:
    """The statements that make a database. Columns have no order in it."""
    text = server.run(server.programs / "pg_dump", "--schema-only", "--no-owner", database)
    text = re.sub(r"^(--.*|\\.*|SET .*|SELECT .*)$", "", text, flags=re.MULTILINE)
    statements = set()
    for statement in re.split(r";\n\n", text):
        lines = statement.strip().splitlines()
        is_table = re.match(r"CREATE (UNLOGGED )?TABLE", statement.strip())
        statements.add("\n".join(sorted(line.rstrip(",") for line in lines) if is_table else lines))
    return statements - {""}


def compare_schemas(upgraded: set[str], new: set[str]) -> bool:
    for mark, statements in (("only in the upgraded", upgraded - new), ("only in the new", new - upgraded)):
        for statement in sorted(statements):
            print(f"  {mark} database: {statement}")
    print(f"  {len(new)} statements of the schema of a new database: {'equal' if upgraded == new else 'FAILED'}")
    return upgraded == new


def drill(server: Server, folder: Path) -> bool:
    for database in ("clinics", "fresh"):
        execute_alone(server, f"CREATE DATABASE {database}")
    workbook = Path(os.environ.get("DATA") or WORKBOOK)
    fill_with_old_code(server.url(), unpack_old_code(folder / COMMIT), workbook)
    before = rows_of(server.url())
    total = sum(rows.total() for rows in before.values())
    print(f"{COMMIT}: {total:,} rows in {len(before)} tables; {sum(not rows for rows in before.values())} are empty")
    manage(server.url(), "migrate", "--verbosity=0", DEBUG="1")  # as the site on which it was paid
    wanted = expected(before)
    are_rows_equal = compare(wanted, of_then(rows_of(server.url()), wanted))
    manage(server.url("fresh"), "migrate", "--verbosity=0", DEBUG="1")
    return compare_schemas(schema_of(server, "clinics"), schema_of(server, "fresh")) and are_rows_equal


def main() -> None:
    sys.stdout.reconfigure(line_buffering=True)
    folder = Path(tempfile.mkdtemp(prefix="drill"))  # short: a socket's path may have 107 characters
    folder.chmod(0o711)
    server = Server(POSTGRES, make_folder(folder)).create().start()
    try:
        are_equal = drill(server, folder)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if are_equal else "FAILED: the upgraded database is not what it was.")


if __name__ == "__main__":
    main()
