"""The kinds of work that tests/kills kills: an import, a submission, a payment event, a comment, geocoding."""

import contextlib
import io
import json
import time
from collections.abc import Iterator
from pathlib import Path

from django.contrib.auth.models import User
from django.core import signing
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from articles.forms import SALT
from clinics.geo import Coordinates
from core import email
from listings.billing.events import apply
from listings.billing.sweep import sweep
from listings.fake_stripe import billing
from tests.articles.factories import make_article
from tests.clinics.locations.census_server import CensusServer, Known
from tests.factories import ClinicFactory, make_clinic
from tests.kills.children import Work
from tests.listings.billing import payments
from tests.listings.factories import make_listing, make_owner


def rows(query: str) -> list:
    """Comparable with what has been JSON."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return json.loads(json.dumps(cursor.fetchall(), default=str))


def do_nothing() -> None:
    pass


def quietly(*command: str) -> None:
    call_command(*command, verbosity=0, stdout=io.StringIO(), stderr=io.StringIO())


# An import: the newer of two editions, where one clinic is as before, one changed, one new and one gone.

HEADING = "name1,name2,street1,street2,city,state,zip,zip4,county,latitude,longitude,phone\n"
KEPT = "Hope Recovery Center,,22 Elm Street,,Cambridge,MA,2139,,Middlesex,42.3662,-71.1031,617-555-0100\n"
CHANGED = "Elm Clinic,,40 Elm Street,,Cambridge,MA,2139,,Middlesex,42.3665,-71.1040,617-555-01{number:02}\n"
GONE = "Oak Clinic,,9 Oak Street,,Cambridge,MA,2139,,Middlesex,42.3661,-71.1050,617-555-0120\n"
NEW = "Ash Clinic,,5 Ash Street,,Cambridge,MA,2139,,Middlesex,42.3663,-71.1045,617-555-0130\n"
DIRECTORY = """
    SELECT 'clinic', name, (to_jsonb(t) - '{created_at,updated_at,position}'::text[])::text FROM clinics_clinic t
    UNION ALL
    SELECT 'record', '', (to_jsonb(t) - '{id,run_id,clinic_id}'::text[])::text FROM clinics_sourcerecord t
    UNION ALL
    SELECT 'confirmation', '', (to_jsonb(t) - '{id,clinic_id}'::text[])::text FROM clinics_confirmation t
    UNION ALL
    SELECT 'running', status, count(*)::text FROM clinics_importrun WHERE status = 'running' GROUP BY status
    ORDER BY 1, 2, 3
"""


def import_work(folder: Path) -> Work:
    older, newer = (folder / f"locator_substance_use_{year}.csv" for year in (2021, 2022))
    older.write_text(HEADING + KEPT + CHANGED.format(number=1) + GONE)
    newer.write_text(HEADING + KEPT + CHANGED.format(number=2) + NEW)

    def run(_given, told) -> None:
        quietly("import_clinics", str(newer))
        told()

    def prepare() -> None:
        quietly("import_clinics", str(older))

    return Work("import", prepare, run, lambda *_: run(None, do_nothing), lambda: rows(DIRECTORY))


# A submission: the hours go live at once, the phone waits for an editor, and the owner has one mail.

SUBMISSIONS = """
    SELECT 'submission', status, kind, count(*)::text FROM listings_submission GROUP BY status, kind
    UNION ALL
    SELECT 'clinic', phone, open_hours::text, source_of_hours.source FROM clinics_clinic
    LEFT JOIN clinics_confirmation source_of_hours
      ON source_of_hours.clinic_id = clinics_clinic.id AND source_of_hours.fact_group = 'hours'
    UNION ALL
    SELECT 'mail', template, "to", count(*)::text FROM core_outgoingemail GROUP BY template, "to"
    ORDER BY 1, 2, 3, 4
"""


def _owner_of(user_pk: int) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user_pk))
    return client


def prepare_submission() -> dict:
    quietly("load_plans")
    owner = make_owner()
    listing = make_listing(owner, make_clinic(phone="410-555-0100"))
    client = _owner_of(owner.pk)
    client.post(reverse("listings:edit", args=[listing.pk]))
    for slug, typed in {"hours": {"open_hours": "Mon-Fri 9:00-17:00"}, "phones": {"phone": "410-555-0177"}}.items():
        client.post(reverse("listings:step", args=[listing.pk, slug]), typed)
    cookie = client.cookies["sessionid"].value
    return {"cookie": cookie, "check": reverse("listings:check", args=[listing.pk])}


def submit(given, told) -> None:
    client = Client()
    client.cookies["sessionid"] = given["cookie"]
    assert client.post(given["check"]).status_code == 302
    told()


def submit_again(given, was_told) -> None:
    if not was_told:
        submit(given, do_nothing)
    email.send_waiting()


# A payment event: a renewal is paid.

MONEY = """
    SELECT 'event', type, count(*)::text, bool_and(applied_at IS NOT NULL)::text, '' FROM listings_paymentevent
    GROUP BY type
    UNION ALL
    SELECT 'entry', kind, amount_cents::text, net_cents::text, count(*)::text FROM listings_ledgerentry
    GROUP BY kind, amount_cents, net_cents
    UNION ALL
    SELECT 'subscription', status, (period_end > now() + interval '40 days')::text,
           (last_charge_id = (SELECT charge_id FROM listings_ledgerentry ORDER BY id DESC LIMIT 1))::text, ''
    FROM listings_subscription
    UNION ALL
    SELECT 'mail', template, "to", count(*)::text, bool_and(sent_at IS NOT NULL)::text FROM core_outgoingemail
    GROUP BY template, "to"
    ORDER BY 1, 2, 3, 4
"""


def prepare_payment() -> dict:
    quietly("load_plans")
    subscription = payments.buy()
    known = {event["id"] for event in payments.events()}
    billing.renew(payments.gateway_subscription(subscription))
    return next(e for e in payments.events() if e["type"] == "invoice.paid" and e["id"] not in known)


def receive(event, told) -> None:
    assert payments.send(event).status_code == 200
    told()
    apply(event["id"])


def receive_again(event, was_told) -> None:
    """The gateway sends again what was not acknowledged; the sweep finishes what was."""
    if not was_told:
        assert payments.send(event).status_code == 200
    assert sweep()["failed"] == 0
    email.send_waiting()


# A comment: a reader who saw no answer sends it again.

COMMENTS = "SELECT name, text, status, count(*) FROM articles_comment GROUP BY name, text, status"


def prepare_comment() -> dict:
    article = make_article()
    opened = signing.dumps(int(time.time()) - 60, salt=SALT)
    typed = {"name": "Sam", "text": "I made the call today.", "opened": opened, "website": ""}
    return {"path": f"{article.get_absolute_url()}comment/", "typed": typed}


def comment(given, told) -> None:
    assert Client().post(given["path"], given["typed"]).status_code == 200
    told()


def comment_again(given, was_told) -> None:
    if not was_told:
        comment(given, do_nothing)


# Geocoding: addresses that are found, found in the cleaned form alone, in several places, and nowhere.

FOUND = [f"{number} Market Street" for number in range(1, 10)]
CLEANED = [f"{number} County Road 12" for number in range(1, 5)]
STREETS = [*FOUND, *CLEANED, "8 County Road 13", "7 Nowhere Road"]
TABLE = {
    **{("21202", f"{n} market st"): Known(Coordinates(39.29 + n / 1000, -76.61)) for n in range(1, 10)},
    **{("21202", f"{n} co rd 12"): Known(Coordinates(39.29, -76.61 - n / 1000), "Non_Exact") for n in range(1, 5)},
    ("21202", "8 co rd 13"): Known(None),
}
POINTS_OF_CLINICS = """
    SELECT 'clinic', street, latitude::text, longitude::text, point_quality, point_source, '' FROM clinics_clinic
    UNION ALL
    SELECT 'point', address, latitude::text, longitude::text, quality, source, as_of FROM clinics_addresspoint
    UNION ALL
    SELECT 'lookup', address, outcome, reason, matched, sent, '' FROM clinics_addresslookup
    ORDER BY 1, 2
"""


@contextlib.contextmanager
def geocoding_work(settings) -> Iterator[tuple[Work, CensusServer]]:
    """With the geocoder that it asks, five addresses a file."""

    def prepare() -> None:
        for street in STREETS:
            ClinicFactory(street=street, zip_code="21202", point_quality="zip")

    def run(_given, told) -> None:
        quietly("geocode_clinics")
        told()

    with CensusServer(TABLE) as server:
        settings.GEOCODER, settings.CENSUS_GEOCODER_URL = "census", server.url
        settings.CENSUS_BATCH_SIZE, settings.CENSUS_PAUSE_SECONDS = 5, 0
        yield (
            Work("geocoding", prepare, run, lambda *_: run(None, do_nothing), lambda: rows(POINTS_OF_CLINICS)),
            server,
        )


SUBMISSION = Work("submission", prepare_submission, submit, submit_again, lambda: rows(SUBMISSIONS))
PAYMENT = Work("payment event", prepare_payment, receive, receive_again, lambda: rows(MONEY))
COMMENT = Work("comment", prepare_comment, comment, comment_again, lambda: rows(COMMENTS))
