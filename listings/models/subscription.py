"""A paid plan: its state at the gateway, and what follows for the listings that it covers."""

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_q.tasks import async_task

from core import clock
from listings.billing import statuses
from listings.models.billing_account import BillingAccount
from listings.models.listing import Listing
from listings.models.order import Order
from listings.models.plans import PlanPrice
from listings.models.subscription_terms import NOTICE, Terms

if TYPE_CHECKING:
    from listings.billing.gateway_types import GatewaySubscription

GRACE = timedelta(days=14)  # after a failed renewal
REMINDER_DAYS = (0, 5, 12)  # of the grace period


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def needing_sync(self) -> Self:
        """Subscriptions whose state may have changed at the gateway: not clearly paid, or past the end of a period."""
        status = Subscription.Status
        unclear = [status.UNPAID, status.WAITING, status.PAST_DUE, status.DISPUTED, status.PAUSED, status.REFUNDED]
        return self.exclude(is_comp=True).filter(
            Q(status__in=unclear, is_open_at_gateway=True)
            | Q(status=status.DISPUTED)
            | Q(status=status.ACTIVE, period_end__lte=timezone.now())
        )

    def open(self) -> Self:
        """The gateway could still charge for these."""
        return self.filter(is_open_at_gateway=True)

    def ending(self) -> Self:
        """These shall end, and have not ended yet."""
        return self.filter(end_wanted_at__isnull=False, end_done_at=None)

    def give(self, listing: Listing, price: PlanPrice, until: datetime, *, livemode: bool) -> "Subscription":
        """A plan without charge, for a partner: the gateway knows nothing of it."""
        buyer = listing.owners.order_by("memberships__created_at").first()
        if buyer is None:
            raise ValueError("A plan is given to somebody: this listing has no owner.")
        with transaction.atomic():
            account = BillingAccount.objects.for_buyer(buyer, livemode=livemode)
            paid = Order.Status.PAID
            order = Order.objects.create(
                listing=listing, buyer=buyer, price=price, status=paid, livemode=livemode, account=account
            )
            given = self.create(
                gateway_id=f"comp-{uuid.uuid4()}",
                order=order,
                price=price,
                account=account,
                listing=listing,
                status=Subscription.Status.ACTIVE,
                is_open_at_gateway=False,
                is_comp=True,
                comp_until=until,
            )
            given.take_over(listing)
            given.sync_listings()
        return given


class Subscription(Terms):
    """Independent of a listing's status: whatever happens here, the listing stays at its address."""

    class Status(models.TextChoices):
        UNPAID = "unpaid", _("not paid yet")
        WAITING = "waiting", _("first payment on its way")
        ACTIVE = "active", _("active")
        PAST_DUE = "past-due", _("payment failed, in grace")
        PAUSED = "paused", _("paused")
        CANCELLED = "cancelled", _("ended")
        REFUNDED = "refunded", _("refunded")
        DISPUTED = "disputed", _("disputed")

    class EndReason(models.TextChoices):
        NONE = "", ""
        REFUNDED = "refunded", _("the payment was refunded")
        DISPUTE_LOST = "dispute-lost", _("the bank returned a disputed payment")
        REJECTED = "rejected", _("the listing was not approved")
        SUSPENDED = "suspended", _("the listing was suspended")
        CLOSED = "closed", _("the practice has closed")
        MERGED = "merged", _("the listing became a part of another one")
        SURPLUS = "surplus", _("the listing had a plan already")
        GRACE_OVER = "grace-over", _("the payment did not arrive")
        OWNER = "owner", _("you ended it")
        OPERATOR = "operator", _("we ended it")

    class RefundWanted(models.TextChoices):
        NONE = "none", "nothing"
        UNUSED = "unused", "the unused part"
        ALL = "all", "the whole last payment"

    status = models.CharField(max_length=9, choices=Status.choices, default=Status.UNPAID)
    past_due_told_at = models.DateTimeField(null=True, blank=True, help_text="when its owner was first told of it")
    is_surplus = models.BooleanField(default=False, db_default=False, help_text="a second one for the same listing")
    is_comp = models.BooleanField("given without charge", default=False, db_default=False)
    comp_until = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=12, choices=EndReason.choices, blank=True, default="", db_default="")
    end_wanted_at = models.DateTimeField(null=True, blank=True)
    end_done_at = models.DateTimeField(null=True, blank=True)
    refund_wanted = models.CharField(max_length=6, choices=RefundWanted.choices, default="none", db_default="none")
    refund_target_cents = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        help_text="of its last invoice, what shall be refunded in all at the end",
    )

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["status", "period_end"], name="subscription_needing_sync")]
        constraints = [
            models.CheckConstraint(
                condition=Q(next_price=None, next_price_from=None)
                | Q(next_price_from__gte=F("next_price_announced_at") + NOTICE, next_price__isnull=False),
                name="announced_30_days_ahead",
            ),
            models.UniqueConstraint(
                fields=["listing"],
                condition=Q(is_open_at_gateway=True, is_surplus=False, end_wanted_at=None),
                name="one_open_plan_a_listing",
            ),
        ]

    def __str__(self):
        return f"{self.price.plan} ({self.get_status_display()})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.listing_id is None:
            self.listing_id = self.order.listing_id
        super().save(*args, **kwargs)

    # The state at the gateway

    def update_from(self, current: "GatewaySubscription") -> None:
        """Copy the current state and save, if something is new."""
        before = dict(self.__dict__) if self.pk else {}
        if current.unpaid_since is None or current.last_invoice_id != self.last_invoice_id:
            self.past_due_told_at = None
        self.copy_from(current)
        if state := self.state_at_gateway:
            self.status = state.status
        if self.__dict__ != before:
            self.save()

    @property
    def is_of_known_payer(self) -> bool:
        return self.account is not None and self.account.has_paid

    @property
    def state(self) -> statuses.State:
        """Its row in the table of states: what it gives, says and offers."""
        if self.is_comp:
            return statuses.GIVEN if self.end_done_at is None else statuses.ENDED
        return self.state_at_gateway or statuses.STATES[self.status]

    # What follows from it

    @property
    def is_paid(self) -> bool:
        return self.paid_until is not None and timezone.now() < self.paid_until

    @property
    def paid_until(self) -> datetime | None:
        """When the extras end unless another payment arrives; None if they have ended.

        A missing renewal may still arrive, so an active plan lasts through the grace period.
        """
        if self.end_wanted_at is not None or self.is_surplus or not self.state.gives:
            return None
        if self.is_comp:
            return self.comp_until
        if self.status == self.Status.PAST_DUE:
            return (self.grace_from or timezone.now()) + GRACE
        if self.period_end is None:
            return None
        return (self.cancel_at or self.period_end) if self.ends_at_period_end else self.period_end + GRACE

    @property
    def grace_from(self) -> datetime | None:
        """The later of the failed invoice and of when its owner was first told; None before that."""
        if self.past_due_since is None or self.past_due_told_at is None:
            return None
        return max(self.past_due_since, self.past_due_told_at)

    @property
    def grace_is_over(self) -> bool:
        """Never by a clock that is doubted: nobody loses a plan to it. A first invoice has the same days."""
        start = self.grace_from if self.status in (self.Status.PAST_DUE, self.Status.WAITING) else None
        return start is not None and timezone.now() >= start + GRACE and clock.is_sure()

    @property
    def rank(self) -> tuple:
        """Orders subscriptions of one listing: the highest one counts."""
        return self.is_paid, self.is_open_at_gateway, self.created_at, self.gateway_id

    # Ending

    def want_end(self, reason: str, refund: str = RefundWanted.NONE, **still: object) -> bool:
        """Write that it shall end, if the fields of `still` have these values now; returns whether that was written.

        A job ends it at the gateway, refunds, and mails what was done (endings.py).
        """
        wanted = Subscription.objects.filter(pk=self.pk, end_wanted_at=None, end_done_at=None, **still)
        values = {"end_reason": reason, "refund_wanted": refund, "end_wanted_at": timezone.now()}
        if not wanted.filter(Q(is_open_at_gateway=True) | Q(is_comp=True)).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        self.sync_listings()
        transaction.on_commit(lambda: async_task("listings.billing.endings.finish_endings"))
        return True

    @transaction.atomic  # a worker that dies between the two has done neither: else nobody would be told
    def finish_end(self, refunded_cents: int = 0) -> None:
        """It has ended at the gateway: mail so, once. One that was never paid ends without a mail."""
        now = timezone.now()
        if not Subscription.objects.filter(pk=self.pk, end_done_at=None).update(end_done_at=now):
            return
        self.end_done_at = now
        if self.status != self.Status.UNPAID:
            self.mail("plan_ended", f"ended-{self.pk}-{now:%Y%m%d%H%M%S%f}", refunded_cents=refunded_cents)

    # The listings that it covers

    def take_over(self, listing: Listing) -> None:
        """Become the subscription of the listing it was bought for, unless that has a paid or newer one."""
        present = Listing.objects.get(pk=listing.pk).subscription
        if present is None or (not present.is_paid and present.rank < self.rank):
            Listing.objects.filter(pk=listing.pk).update(subscription=self)

    @transaction.atomic
    def cover(self, listing: Listing) -> None:
        """Extend a group plan to one more listing. Raises ValueError with a sentence if that is not possible."""
        locked = Subscription.objects.select_for_update().get(pk=self.pk)
        if not locked.is_paid:
            raise ValueError(_("This plan is not paid."))
        if reason := Listing.objects.select_for_update().get(pk=listing.pk).why_no_plan(but=self):
            raise ValueError(reason)
        if locked.listings.exclude(pk=listing.pk).count() >= locked.capacity:
            raise ValueError(
                _("This plan covers %(count)s clinics and has no room for another.") % {"count": locked.capacity}
            )
        listing.subscription = locked
        listing.save(update_fields=["subscription"])
        listing.sync_sponsored()

    @transaction.atomic
    def release(self, listing: Listing) -> None:
        """Remove a listing from a group plan, which makes it a free one. Raises ValueError with a sentence."""
        if listing.pk == self.listing_id:
            raise ValueError(_("The plan was bought for this clinic. End the plan instead."))
        if Listing.objects.filter(pk=listing.pk, subscription=self).update(subscription=None):
            listing.subscription = None
            listing.sync_sponsored()

    @transaction.atomic
    def move_to(self, listing: Listing) -> None:
        """Make it the plan of another listing. Raises ValueError with a sentence if that has one already."""
        locked = Listing.objects.select_for_update().get(pk=listing.pk)
        if reason := locked.why_no_plan(but=self):
            raise ValueError(reason)
        former = self.listing
        self.listing = locked
        self.save(update_fields=["listing"])
        Listing.objects.filter(pk=locked.pk).update(subscription=self)
        if former is not None and self.capacity == 1:
            Listing.objects.filter(pk=former.pk, subscription=self).update(subscription=None)
        for each in filter(None, (former, locked)):
            Listing.objects.get(pk=each.pk).sync_sponsored()

    def sync_listings(self) -> None:
        for listing in Listing.objects.filter(subscription=self).select_related("clinic"):
            listing.subscription = self
            listing.sync_sponsored()

    # Reminders and the like

    def notify(self) -> None:
        """Enqueue the mail that the current status calls for; that of an end comes from finish_end."""
        is_invoiced = self.order.pays_by == Order.PaysBy.INVOICE
        if self.status == self.Status.PAST_DUE or self.state is statuses.INVOICE_OVERDUE:
            self.remind()
        elif self.status == self.Status.WAITING and self.order.pays_by == Order.PaysBy.BANK:
            self.mail("payment_waiting", f"waiting-{self.pk}")
        elif is_invoiced and self.owes_first_invoice and self.is_open_at_gateway and not self.ends_at_period_end:
            self.mail("invoice_plan", f"invoice-plan-{self.pk}")
        elif self.state is statuses.ENDING and (until := self.paid_until):
            self.mail("plan_cancelled", f"cancelled-{self.pk}-{until:%Y-%m-%d}")

    def remind(self) -> None:
        """Remind on each of REMINDER_DAYS. After an outage only the latest reminder is sent, not all at once."""
        if self.past_due_since is None or self.end_wanted_at is not None or not clock.is_sure():
            return
        now = timezone.now()
        if self.past_due_told_at is None:
            self.past_due_told_at = now
            self.save(update_fields=["past_due_told_at"])
        days_past_due = (now - (self.grace_from or now)).days
        due = max((day for day in REMINDER_DAYS if day <= days_past_due), default=0)
        self.mail("payment_failing", f"failing-{self.pk}-{self.past_due_since:%Y-%m-%d}-{due}")
