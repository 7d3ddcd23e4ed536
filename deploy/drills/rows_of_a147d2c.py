"""Rows for the drill of the upgrade, written by the code of commit a147d2c: the names imported here are of that time.

`python rows_of_a147d2c.py WORKBOOK`, in a checkout of that commit, with DATABASE_URL. Leaves no table empty.
"""

import datetime
import sys
import uuid

import django

django.setup()

from clinics.truth import confirming  # noqa: E402
from django.apps import apps  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import models  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from tests.listings.money import buy, make_listing, make_owner, pay  # noqa: E402
from tests.listings.money import order as place_order  # noqa: E402

from clinics.models import Clinic, ConfirmationMail, ConfirmationRequest, Correction, RateLimit  # noqa: E402
from listings.models import Mail  # noqa: E402

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
AN_NPI = "1234567893"
PLAIN_VALUES = {
    models.BooleanField: True,
    models.BinaryField: b"x",
    models.DateField: NOW.date(),
    models.DateTimeField: NOW,
    models.FloatField: 1.5,
    models.IntegerField: 1,
    models.JSONField: {"of": "the drill"},
    models.UUIDField: uuid.UUID(int=1),
}


def load(workbook: str) -> None:
    """What a site of that time has, with the directory of 2022."""
    call_command("migrate", verbosity=0)
    for command in ("load_zipcodes", "load_codebook", "load_plans", "load_starter_articles"):
        call_command(command, verbosity=0)
    call_command("import_clinics", workbook, include_mental_health=True, verbosity=0)


def use() -> None:
    """Two listings, one of them with a plan that is paid for, a report, mails that were sent and mails that wait."""
    first, second, third = Clinic.objects.listed().order_by("pk")[:3]
    listing = make_listing(make_owner("first"), first)
    buy(listing)
    pay(place_order(make_listing(make_owner("second"), second)))
    Clinic.objects.filter(pk__in=[first.pk, third.pk]).update(contact_email="desk@clinic.example")
    Correction.objects.create(clinic=third, problem=Correction.Problem.WRONG_NUMBER, note="Nobody answers.")
    confirming.send_due_mails()
    send_mails(listing)
    RateLimit.allows("correction", "203.0.113.7", 5)
    cache.set("failed-log-ins", 1, timeout=None)


def send_mails(listing) -> None:
    """Mails in every state: sent, waiting after an error, locked by a worker that died, bounced, with a secret."""
    receipt = Mail.objects.get(template="receipt")
    sent = {"sent_at": NOW, "claimed_at": NOW}
    for key, values in {
        "sent": {"template": "approved", "facts": {"listing": str(listing), "url": "https://x.example/"}} | sent,
        "refund": {"template": "refund", "subscription": receipt.subscription, "entry": receipt.entry} | sent,
        "waiting": {"template": "state", "error": "The mail server did not take it: ConnectionRefusedError."},
        "locked": {"template": "submitted", "language": "es", "claimed_at": NOW},
        "account": {"template": "account", "facts": {"subject": "Reset", "text": "https://x.example/key"}},
    }.items():
        Mail.objects.create(key=key, to="first@practice.example", **values)
    asked = ConfirmationRequest.objects.last()
    asked.mails.update(sent_at=None)
    ConfirmationRequest.objects.filter(pk=asked.pk).update(bounced_at=NOW)
    ConfirmationMail.objects.create(request=ConfirmationRequest.objects.first(), step=1)


def value_of(field: models.Field):
    """Something that `field` takes."""
    if field.has_default():
        return field.get_default()
    if field.null:
        return None
    if field.is_relation:  # a second one to the same model points to a second row
        same = [other for other in field.model._meta.fields if other.related_model is field.related_model]
        numbers = list(field.related_model.objects.order_by("pk").values_list("pk", flat=True)[: len(same)])
        return numbers[min(same.index(field), len(numbers) - 1)]
    if field.choices:
        return field.choices[0][0]
    for kind in type(field).__mro__:
        if kind in PLAIN_VALUES:
            return PLAIN_VALUES[kind]
    return AN_NPI if field.name == "number" else "x"


def fill_empty_tables() -> None:
    """One row for every model that has none; a model comes after those that it points to."""
    tables = [model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy]
    empty = [model for model in tables if not model.objects.exists()]
    while empty:
        ready = [model for model in empty if not any(is_required(field, empty) for field in model._meta.fields)]
        for model in ready:
            concrete = [field for field in model._meta.fields if not isinstance(field, models.AutoField)]
            stored = [field for field in concrete if not field.generated]
            model.objects.bulk_create([model(**{field.attname: value_of(field) for field in stored})])
        empty = [model for model in empty if model not in ready]


def is_required(field: models.Field, empty: list) -> bool:
    return field.is_relation and not field.null and field.related_model in empty


if __name__ == "__main__":
    setup_test_environment()  # mails are kept in memory
    load(sys.argv[1])
    use()
    fill_empty_tables()
