"""`make canary`: types a place into every route and every form of the deployed site, and finds it nowhere afterwards.

The requests are made from the URLconf and from the forms that the pages show (canary_requests.py), so a new route is
asked too; tests/test_routes.py fails if it cannot be. What was typed may afterwards be in no log, mail, file, table or
byte of the database's own files, except where its writer wants it kept (KEPT). At the end a word is planted in every
store and must be found there (canary_stores.py).
"""

import sys

from deploy.drills.canary_requests import Requests
from deploy.drills.canary_stores import Hits, Stores, not_found, plant
from deploy.drills.production import running_production

# (route, field): the tables that keep what a reader sends on purpose. It must be there, or the form was not accepted.
COMMENT = ("articles_comment",)
ACCOUNT = ("account_emailaddress", "auth_user", "core_outgoingemail")
KEPT: dict[tuple[str, str], tuple[str, ...]] = {
    ("clinics/<int:pk>/<slug:slug>/report/", "note"): ("clinics_correction",),
    ("pharmacies/report/", "name"): ("clinics_pharmacy",),
    ("pharmacies/report/", "street"): ("clinics_pharmacy",),
    ("articles/<slug:slug>/comment/", "name"): COMMENT,
    ("articles/<slug:slug>/comment/", "text"): COMMENT,
    ("articles/<slug:slug>/comment/<int:parent>/", "name"): COMMENT,
    ("articles/<slug:slug>/comment/<int:parent>/", "text"): COMMENT,
    ("account/signup/", "email"): ACCOUNT,
    ("account/password/reset/", "email"): ACCOUNT,
}
# Where the rows of a table are, and the mails to an address: the drill's mail server is the log of the jobs.
ROWS, MAILS = ("pg/base", "pg/pg_wal"), "log/jobs.log"


def grown(before: Hits, after: Hits, fields: list[tuple[str, str]]) -> list[str]:
    """Sentences about words that are in a store now, or more often than before, where they may not be."""
    found = []
    for (store, word), count in sorted((after - before).items()):
        if word.startswith("qz"):
            typed = fields[int(word[2:5])]
            kept, word = KEPT.get(typed, ()), "what was typed into {1} of {0}".format(*typed)
            if store in kept or (kept and store in ROWS) or (kept == ACCOUNT and store.endswith(MAILS)):
                continue
        found.append(f"{word} is {count} times in {store}")
    return found


def not_kept(after: Hits, fields: list[tuple[str, str]]) -> list[str]:
    """Sentences about fields that a reader sends on purpose and that no table has: the form was refused."""
    tables = {fields[int(word[2:5])] for store, word in after if word.startswith("qz") and "/" not in store}
    return [f"{field} of {route} was not kept" for route, field in KEPT if (route, field) not in tables]


def main() -> None:
    with running_production(environment={"STAFF_MFA": "0"}) as production:
        stores, requests = Stores(production), Requests(production)
        before = stores.hits()
        requests.everything()
        after = stores.hits()
        problems = grown(before, after, requests.fields) + not_kept(after, requests.fields)
        plant(production)
        problems += not_found(stores.hits())
    statuses = ", ".join(f"{count} times {status}" for status, count in sorted(requests.statuses.items()))
    print(f"{len(requests.routes)} routes, {sum(requests.statuses.values())} requests: {statuses}")
    print(f"{len(requests.answers)} forms were sent, with {len(requests.fields)} words in their fields")
    print(f"Read: {stores.files} files, {stores.tables} tables with {stores.rows:,} rows,")
    print(f"{stores.raw_files} files of PostgreSQL with {stores.raw_bytes / 2**20:,.0f} MiB")
    print("\n".join(problems) or "0 found of what was typed; every planted word was found.")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
