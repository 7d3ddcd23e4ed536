"""The deletion of an account: the person is forgotten, and what the law or a clinic needs stays without a name.

The row of the user stays, because orders point to it; it then says nothing about anybody.
"""

from dataclasses import dataclass
from functools import partial

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from clinics.models import Clinic
from core.open_sessions import end_sessions
from listings.billing import contacts
from listings.billing.stripping import strip_customers
from listings.models import BillingAccount, Listing, Membership, Order, Payer, Subscription
from listings.personal_data.export import addresses_of, invitations_of, mails_to, requests_to, rows_of
from listings.personal_data.table import HELD, Fate


@dataclass(frozen=True)
class Obstacle:
    """Why an account cannot be deleted yet, and the page that removes the reason; "" if there is none."""

    sentence: str
    path: str = ""


class NotYet(ValueError):  # noqa: N818 - a state, not a mistake of ours
    """An obstacle is left."""


def obstacles(user: User) -> list[Obstacle]:
    found = []
    if user.is_staff or user.is_superuser:
        found.append(Obstacle(_("This is an account of the staff. Whoever runs the site closes it.")))
    for subscription in open_plans(user):
        listing = subscription.listing
        sentence = _("You pay the plan of %(listing)s, which can still be charged. End it first.") % {
            "listing": listing
        }
        found.append(Obstacle(sentence, reverse("listings:billing_account", args=[subscription.account_id])))
    for order in Order.objects.filter(buyer=user, status=Order.Status.OPEN).select_related("listing"):
        sentence = _("A payment for %(listing)s is under way. It ends by itself within a day, or finish it.")
        found.append(Obstacle(sentence % {"listing": order.listing}, order.get_absolute_url()))
    return found


def open_plans(user: User) -> models.QuerySet[Subscription]:
    """Those that can still be charged, and that this person alone pays. One that just ends with its period is none."""
    can_charge = models.Q(ends_at_period_end=False) | models.Q(next_charge_cents__gt=0) | models.Q(owed_cents__gt=0)
    can_charge |= models.Q(status=Subscription.Status.WAITING)
    open_ones = Subscription.objects.open().filter(can_charge, account__in=alone(user))
    return open_ones.select_related("listing__clinic")


def alone(user: User) -> models.QuerySet[BillingAccount]:
    """The billing accounts that nobody else could see and end."""
    others = Payer.objects.filter(account=models.OuterRef("pk"), user__is_active=True).exclude(user=user)
    return BillingAccount.objects.of(user).filter(~models.Exists(others))


def left_alone(user: User) -> list[Listing]:
    """The listings that nobody would manage any more."""
    mine = Listing.objects.of(user)
    others = Membership.objects.filter(listing=models.OuterRef("pk"), role=Membership.Role.OWNER).exclude(user=user)
    return list(mine.filter(~models.Exists(others)).select_related("clinic"))


@transaction.atomic
def delete_account(user: User) -> None:
    """Forget the person. Raises NotYet while there is an obstacle."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if first := next(iter(obstacles(user)), None):
        raise NotYet(first.sentence)
    addresses = addresses_of(user)
    _forget_payer(user, addresses)
    drafts = [listing.pk for listing in left_alone(user) if listing.clinic_id is None and not listing.orders.exists()]
    mails_to(addresses).delete()
    invitations_of(addresses).delete()
    requests_to(addresses).delete()
    Clinic.objects.alias(small=Lower("contact_email")).filter(small__in=addresses).update(contact_email="")
    for label, held in HELD.items():
        if held.fate is Fate.FORGET:
            _forget(rows_of(label, user), label)
        elif held.fate is Fate.CLEAR:
            rows_of(label, user).update(**{label.rpartition(".")[2]: None})
    Listing.objects.filter(pk__in=drafts).delete()
    end_sessions(user, but="")
    _take_name_off(user)


def _forget_payer(user: User, addresses: set[str]) -> None:
    """Names and addresses of who pays: of accounts left without a payer, and where mails went to them.

    The gateway is told to forget them too, by a job.
    """
    left = list(alone(user).values_list("pk", "customer_id"))
    shared = BillingAccount.objects.of(user).exclude(pk__in=[pk for pk, _customer in left])
    named = shared.filter(name=user.get_full_name()).exclude(name="")
    mailed = shared.alias(small=Lower("email")).filter(small__in=addresses)
    touched = {*(pk for pk, _customer in left), *named.values_list("pk", flat=True)}
    touched |= set(mailed.values_list("pk", flat=True))
    BillingAccount.objects.filter(pk__in=[pk for pk, _customer in left]).update(name="", email="", po_number="")
    mailed.update(email="")
    named.update(name="")
    strip_customers([customer for _pk, customer in left if customer])
    contacts.tell_later(touched)


def _forget(rows: models.QuerySet, label: str) -> None:
    if rows.model in (Listing, BillingAccount):  # reached through the memberships and payers
        return
    files = [field.name for field in rows.model._meta.get_fields() if isinstance(field, models.FileField)]
    stored = [getattr(row, name) for row in rows for name in files] if files else []
    rows.delete()
    for file in filter(None, stored):
        transaction.on_commit(partial(file.storage.delete, file.name))


def _take_name_off(user: User) -> None:
    user.username, user.email, user.first_name, user.last_name = f"deleted-{user.pk}", "", "", ""
    user.is_active, user.last_login = False, None
    user.set_unusable_password()
    user.save()
