"""`make bench-sweep`: every ZIP code with five common sets of filters, each a page with a next step; and its night.

Asks the site's own database, in two processes, and changes nothing. Every search is made; where it finds
clinics, one page in twenty is looked at as well, and where it finds none every page. The rungs of the night are made
for every ZIP code, and of one in twenty both pages are looked at. Half an hour; ZIPS=2000 takes a sample.
"""

import os
import random
import re
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from html import unescape
from itertools import repeat
from urllib.parse import urlencode

FILTER_SETS = {
    "no filter": {},
    "buprenorphine, Medicaid": {"medication": "buprenorphine", "payment": "medicaid"},
    "methadone within 10 miles": {"medication": "methadone", "radius": "10"},
    "residential, detox": {"setting": "residential", "care": "detox"},
    "telehealth, Spanish, 25 miles": {"setting": "telehealth", "language": "spanish", "radius": "25"},
}
PROCESSES = 2
PAGE_EVERY = 20
SHOWN = 20
RUNGS = 5  # of the page of tonight
ENDED = re.compile(r"This rule ended on|Esta regla terminó el")


def links(html: str) -> list[str]:
    """The addresses that the main part of a page leads to; the head and foot are the same everywhere.

    By pattern: a parser of HTML takes as long for each of 214,000 pages as the site does.
    """
    main = html.partition("<main")[2].partition("</main>")[0]
    return [unescape(href) for href in re.findall(r"""<a\b[^>]*?\shref=["']([^"']*)""", main)]


def dead_end(status: int, html: str) -> str:
    """What is wrong with the page of a search, or "": it leads to a clinic, or to another search that may.

    A helpline alone is no next step, nor is a link to the site's other pages.
    """
    if status != 200:
        return f"status {status}"
    found = links(html)
    clinics = [href for href in found if re.match(r"/clinics/\d+/", href)]
    searches = [href for href in found if re.match(r"(/clinics/)?\?\w", href) or href.startswith("/locations/")]
    if clinics and not any(href.startswith("tel:") for href in found):
        return "clinics without a number to call"
    return "" if clinics or searches else "no way on"


def finds_clinics(filters, place) -> bool:
    """Whether a search at `place` has an answer, or nearest others beyond it: a page shows both with their numbers.

    `filters` is a ClinicFilter that was read once; only its place is another. A form for each search would take
    longer than the search.
    """
    from django.db import connection

    from clinics.search import queries

    filters.form.cleaned_data["near"] = place
    nearest = queries.nearest(replace(filters.criteria, whole_state=""), "clinics_clinic.id", 1)
    with connection.cursor() as cursor:
        cursor.execute(*nearest)
        return cursor.fetchone() is not None


def sweep(codes: list[str], page_every: int = 1) -> tuple[int, list[str]]:
    """The number of searches made, and those whose page has no next step.

    Of the searches that find clinics the page is looked at in one of `page_every`; of all others always.
    """
    from django.conf import settings
    from django.http import QueryDict
    from django.test import Client

    from clinics.search.filters import ClinicFilter
    from clinics.search.places import PlaceNotFound, locate

    sets = {
        name: (ClinicFilter(QueryDict(urlencode({"near": codes[0]} | asked))), asked)
        for name, asked in FILTER_SETS.items()
    }
    for filters, _asked in sets.values():
        filters.form.full_clean()
    client, seen, dead = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0]), 0, []
    for number, code in enumerate(codes):
        if number % page_every == 0:
            dead += [f"{code}, {why}" for why in nights(client, code)]
        elif why := night_without_page(code):
            dead.append(f"{code}, tonight: {why}")
        try:
            place = locate(code)
        except PlaceNotFound:
            place = None
        for name, (filters, asked) in sets.items():
            seen += 1
            if seen % page_every and place and finds_clinics(filters, place):
                continue
            response = client.get("/clinics/", {"near": code} | asked, secure=settings.HTTPS)
            if why := dead_end(response.status_code, response.content.decode()):
                dead.append(f"{code}, {name}: {why}")
    return seen, dead


def nights(client, code: str) -> list[str]:
    """What is wrong with the page of tonight of a ZIP code, in both languages."""
    from django.conf import settings

    wrong = []
    for address in ("/tonight/", "/es/tonight/"):
        response = client.get(address, {"near": code}, secure=settings.HTTPS)
        html = response.content.decode()
        rungs = re.findall(r'<li id="([a-z-]+)">', html)
        if ENDED.search(html):
            wrong.append(f"{address}: a rule that has ended")
        if response.status_code != 200 or len(rungs) != RUNGS or 'href="tel:+18006624357"' not in html:
            wrong.append(f"{address}: status {response.status_code}, {len(rungs)} rungs")
    return wrong


def night_without_page(code: str) -> str:
    """What is wrong with the rungs of a ZIP code, or "": somebody to call, or a hospital, that is told today."""
    from django.utils import timezone

    from clinics.search.results import Search
    from clinics.views.tonight import asked_near, ladder_of

    filters = asked_near(code)
    if not filters.place:
        return ""  # the page asks for a place, and holds the rungs of everywhere: a twentieth of these is looked at
    ladder = ladder_of(Search(filters, rows_only=True))
    if not (ladder.clinics or ladder.hospitals or ladder.lines):
        return "no rung"
    today = timezone.localdate()
    return "a rung has expired" if any(each.valid_until < today for each in (*ladder.hospitals, *ladder.lines)) else ""


def start() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()


def main() -> None:
    start()
    from django.core.management import call_command
    from django.db import connections

    from clinics.models import Clinic, ZipCode

    call_command("collectstatic", verbosity=0, interactive=False)  # pages name their files by what is in them
    codes = sorted(ZipCode.objects.values_list("code", flat=True))
    if wanted := int(os.environ.get("ZIPS", "0")):
        codes = random.Random(1).sample(codes, wanted)
    print(f"{len(codes):,} ZIP codes, {len(FILTER_SETS)} filter sets, {Clinic.objects.listed().count():,} clinics")
    connections.close_all()
    parts = [codes[begin : begin + 200] for begin in range(0, len(codes), 200)]
    began, seen, dead = time.monotonic(), 0, []
    with ProcessPoolExecutor(PROCESSES, initializer=start) as pool:
        for number, (pages, found) in enumerate(pool.map(sweep, parts, repeat(PAGE_EVERY)), start=1):
            seen, dead = seen + pages, dead + found
            if number % 10 == 0 or number == len(parts):
                print(f"{seen:,} searches, {len(dead)} dead ends, {time.monotonic() - began:,.0f} s", flush=True)
    print("\n".join(dead[:SHOWN]))
    sys.exit(1 if dead else 0)


if __name__ == "__main__":
    main()
