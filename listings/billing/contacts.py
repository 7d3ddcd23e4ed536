"""Keeps the gateway's customer in step with a billing account: name, e-mail address, purchase order number.

`BillingAccount.email_sent_to_gateway` is the address that the gateway was told last; every change of the contact puts
something else there, so what differs is still to be told. Nobody waits for it: a job does it after
the commit, and again later.
"""

import logging
from collections.abc import Collection
from functools import partial

from allauth.account.models import EmailAddress
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django_q.tasks import async_task

from listings.billing import gateway
from listings.billing.gateway_types import GatewayError
from listings.models import BillingAccount

NOT_TOLD = "-"  # in place of an address: also an empty one is still to be told
logger = logging.getLogger(__name__)


def tell_later(account_pks: Collection[int]) -> None:
    """After the commit, tell the gateway the contact of these accounts, even that there is none any more."""
    BillingAccount.objects.filter(pk__in=account_pks).update(email_sent_to_gateway=NOT_TOLD)
    for pk in account_pks:
        transaction.on_commit(partial(async_task, f"{__name__}.tell_gateway_of", pk))


def tell_gateway_of(account_pk: int) -> None:
    """A job: tell the gateway the contact of one account, if it does not know it yet. Raises GatewayError."""
    account = BillingAccount.objects.get(pk=account_pk)
    if not account.customer_id or account.email_sent_to_gateway == account.email:
        return
    gateway.update_customer(account)
    told = BillingAccount.objects.filter(pk=account.pk, name=account.name, email=account.email)
    # What was changed meanwhile is still to be told.
    told.filter(po_number=account.po_number).update(email_sent_to_gateway=account.email)


def tell_gateway() -> str:
    """A job: every contact that the gateway was not told yet. One failure does not stop the rest."""
    due = BillingAccount.objects.exclude(customer_id=None).exclude(email_sent_to_gateway=F("email"))
    told = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            tell_gateway_of(pk)
            told += 1
        except GatewayError as error:
            logger.warning("The contact of billing account %s: %s", pk, error)
    return f"{told} billing contacts told to the payment service"


def follow_email_change(
    sender: object,
    user: User,
    from_email_address: EmailAddress | None,
    to_email_address: EmailAddress,
    **kwargs: object,
) -> None:
    """The accounts that a person pays, and that used the old address of that person, use the new one.

    Receives allauth's `email_changed`.
    """
    old, new = from_email_address.email if from_email_address else "", to_email_address.email
    with transaction.atomic():
        own = BillingAccount.objects.of(user).filter(email__iexact=old) if old else BillingAccount.objects.none()
        for pk in list(own.values_list("pk", flat=True)):
            BillingAccount.objects.filter(pk=pk).update(email=new, email_sent_to_gateway="")
            transaction.on_commit(partial(async_task, f"{__name__}.tell_gateway_of", pk))
