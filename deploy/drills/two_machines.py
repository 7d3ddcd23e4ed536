"""The two machines of machine_lost.py, each inside its copy of this Debian 12. Needs only root and Python.

`main` reads its arguments: first or second; FOLDER, which is empty; VAULT, where what lies elsewhere is: the files
of the backup, the owner's key, and facts to compare.
"""

import http.cookiejar
import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from rehearse import (
    CHECKOUT,
    KEY,
    SITE,
    Rehearsal,
    blocks_of,
    empty_machine,
    enter_copy,
    try_timers,
)
from stand_ins import Manager, write_stand_ins

BACKUPS = Path("/var/backups/waypost")
PAGE = (CHECKOUT / "docs" / "operations.md").read_text()
FIRST = (
    *("packages", "folders", "code", "settings", "database", "tables", "clinics", "services", "nginx", "logs", "look"),
)
PASSWORD = "a sentence to log in with"
# An owner with a paid listing; another one who is on the pay page; a clinic that got a mail with a signed link.
LIVE = f"""
import json
from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.urls import reverse
from clinics.models import Clinic
from clinics.verification.confirmation_links import link_path
from clinics.verification.reconfirmation import request_confirmation
from listings.billing import gateway
from listings.models import Listing, Membership, Order, PlanPrice
def order(name, clinic):
    user = User.objects.create_user(name, email=f"{{name}}@practice.example", password={PASSWORD!r})
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    listing = Listing.objects.create(practice_name=f"Practice of {{name}}", clinic=clinic)
    Membership.objects.create(listing=listing, user=user)
    listing.submit(); listing.start_review(); listing.publish()
    placed = Order.place(listing, user, PlanPrice.objects.filter(plan__slug="featured", interval="month").get(), 1)
    session = gateway.start_session(placed, return_url="https://{SITE}/account/")
    placed.store_session(session.id, session.url)
    return session.id
one, two, three = Clinic.objects.listed().order_by("pk")[:3]
asked = Clinic.objects.filter(pk=three.pk)
asked.update(contact_email="desk@clinic.example")
print(json.dumps({{
    "paid_session": order("paid", one), "unpaid_session": order("late", two),
    "link": link_path(request_confirmation(asked.get())), "clinic": three.name,
}}))
"""
# What jobs and log-ins write meanwhile is left out, and so is what no backup holds.
TABLES = """
SELECT quote_ident(relname) FROM pg_class WHERE relkind = 'r' AND relpersistence = 'p'
AND relnamespace = 'public'::regnamespace AND relname NOT IN ('django_session', 'core_restorecheck')
AND relname NOT LIKE 'django_q_%' ORDER BY 1
"""


def psql(query: str) -> str:
    command = ["runuser", "-u", "postgres", "--", "psql", "-qAt", "--no-psqlrc", "waypost", "-c", query]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def checksums() -> dict[str, str]:
    """{table: count and checksum of its rows}."""
    row = "count(*) || ' ' || coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '')"
    return {table: psql(f"SELECT {row} FROM {table} t") for table in psql(TABLES).splitlines()}


def waypost(*arguments: str) -> str:
    done = subprocess.run(["waypost", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"waypost {arguments[0]} failed: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    return done.stdout


def signing_key() -> str:
    return re.findall(r"^SECRET_KEY=(.+)$", Path("/etc/waypost/environment").read_text(), re.MULTILINE)[0]


def run_blocks(rehearsal: Rehearsal, names: list[str], before: dict) -> None:
    blocks = {block.name: block for block in blocks_of(PAGE)}
    for name in names:
        if name in before:
            before[name]()
        rehearsal.run(blocks[name])


def first_machine(rehearsal: Rehearsal, vault: Path) -> None:
    def fill_in_payments() -> None:  # as the page says: by hand
        with Path("/etc/waypost/environment").open("a") as file:
            file.write("STRIPE_SECRET_KEY=sk_test_development\nSTRIPE_WEBHOOK_SECRET=whsec_of_the_drill\n")
            file.write(f"STRIPE_API_BASE={os.environ['GATEWAY']}\n")

    run_blocks(rehearsal, FIRST, {"database": fill_in_payments})
    facts = json.loads(waypost("shell", "--verbosity", "0", "-c", LIVE).splitlines()[-1])
    urllib.request.urlopen(f"{os.environ['GATEWAY']}/paid/{facts['paid_session']}").close()
    waypost("sweep_payments")
    print(f"an owner paid: {waypost('reconcile_payments').strip()}")
    if status_of(facts["link"]) != 200:
        sys.exit("The signed link does not open on the first machine.")
    picture, upload = Path("/var/lib/waypost/pictures/drill.webp"), Path("/var/lib/waypost/uploads/drill/letter.pdf")
    write = f"mkdir -p {upload.parent}; echo picture > {picture}; echo proof > {upload}"
    subprocess.run(["runuser", "-u", "waypost", "--", "sh", "-c", write], check=True)
    rehearsal.manager.stop("waypost-jobs.service")  # so that nothing changes between the sums and the backup
    facts |= {"checksums": checksums(), "key": signing_key(), "files": [str(picture), str(upload)]}
    try_timers(rehearsal.manager)
    for file in [*BACKUPS.glob("clinics-*"), KEY]:
        shutil.copy(file, vault)
    (vault / "facts.part").write_text(json.dumps(facts))
    (vault / "facts.part").rename(vault / "facts.json")
    time.sleep(600)  # until it is lost


def second_machine(rehearsal: Rehearsal, vault: Path) -> None:
    facts = json.loads((vault / "facts.json").read_text())
    [order] = re.findall(r"^In this order: (.*?)\.$", PAGE, re.MULTILINE)

    def carry_over() -> None:
        for file in vault.glob("clinics-*"):
            shutil.copy(file, BACKUPS)
        shutil.copy(vault / KEY.name, KEY)

    def compare() -> None:
        found = checksums()
        wrong = sorted(
            name for name in facts["checksums"].keys() | found if found.get(name) != facts["checksums"].get(name)
        )
        if wrong or not all(Path(file).exists() for file in facts["files"]):
            sys.exit(f"FAILED: other rows than before: {wrong}")
        print(f"                   {len(found)} tables are equal to the row, and the files are there")

    run_blocks(rehearsal, re.findall(r"\*([\w-]+)\*", order), {"bring-settings": carry_over, "services": compare})
    if signing_key() != facts["key"]:
        sys.exit("FAILED: the site signs with another key.")
    if status_of(facts["link"]) != 200:
        sys.exit("FAILED: a link that was mailed before does not open.")
    print("a link that was signed before opens: the site signs with the same key")
    log_in("paid@practice.example", "Practice of paid")
    print("the owner logs in and sees the listing")
    waypost("sweep_payments", "--days", "30")
    print(f"with the payment after the backup: {waypost('reconcile_payments').strip()}")
    if psql("SELECT count(*) FROM listings_ledgerentry WHERE kind = 'payment'") != "2":
        sys.exit("FAILED: two payments were made.")


def browser() -> urllib.request.OpenerDirector:
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))


def status_of(path: str) -> int:
    try:
        with browser().open(f"https://{SITE}{path}") as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def log_in(email: str, practice: str) -> None:
    """Exits with a sentence unless the account's page then shows its practice."""
    opened, address = browser(), f"https://{SITE}/account/login/"
    page = opened.open(address).read().decode()
    [token] = set(re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page))
    form = urllib.parse.urlencode({"login": email, "password": PASSWORD, "csrfmiddlewaretoken": token}).encode()
    opened.open(urllib.request.Request(address, form, {"Referer": address, "Origin": f"https://{SITE}"})).close()
    if practice not in opened.open(f"https://{SITE}/account/").read().decode():
        sys.exit(f"FAILED: {email} cannot log in, or the listing is not there.")


def main() -> None:
    name, folder, vault_path = sys.argv[1:]
    vault = Path(f"/proc/self/fd/{os.open(vault_path, os.O_RDONLY | os.O_DIRECTORY)}")  # it stays outside of the copy
    enter_copy(Path(folder))
    empty_machine()
    KEY.unlink(missing_ok=True)
    os.environ["SSL_CERT_FILE"] = "/etc/ssl/certs/ca-certificates.crt"  # with the authority of certbot's stand-in
    manager = Manager()
    rehearsal = Rehearsal(manager)
    write_stand_ins(manager)
    {"first": first_machine, "second": second_machine}[name](rehearsal, vault)
    manager.stop_all()
