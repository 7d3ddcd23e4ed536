"""What the site earns, is owed and has at stake: the figures of the money home in the admin. Amounts are in cents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.conf import settings
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from core.models import OutgoingEmail
from listings.billing import accounting, statuses
from listings.models import BillingDifference, ForeignEvent, LedgerEntry, Order, Subscription

SOON = timedelta(days=30)
REMINDER_KEY = "failing-"  # how the keys of reminders begin: Subscription.remind
UNDECIDED = [word for word, what in statuses.DISPUTES.items() if what in (statuses.OPEN, statuses.INQUIRY)]
TO_ANSWER = [word for word in UNDECIDED if word.endswith("needs_response")]

# What other modules ask for too: queues of the first page, filters of lists


def differences() -> QuerySet[BillingDifference]:
    return BillingDifference.objects.filter(resolved_at=None)


def past_due() -> QuerySet[Subscription]:
    return _of_this_mode().filter(status=Subscription.Status.PAST_DUE)


def disputes_to_answer() -> QuerySet[Subscription]:
    """The bank waits for our answer, until dispute_due_by."""
    return _of_this_mode().filter(dispute_status__in=TO_ANSWER)


def order_errors() -> QuerySet[Order]:
    """Somebody wanted to pay and could not: by what they did, or by what is ours to mend."""
    return Order.objects.filter(status=Order.Status.OPEN).exclude(error="", error_for_operator="")


def _of_this_mode() -> QuerySet[Subscription]:
    return Subscription.objects.filter(order__livemode=settings.STRIPE_LIVEMODE)


@dataclass(frozen=True)
class Sum:
    """How many, and how much of each currency."""

    count: int
    cents: dict[str, int]


def sum_of(amounts: Iterable[tuple[str, int]]) -> Sum:
    found, cents = list(amounts), dict[str, int]()
    for currency, amount in found:
        cents[currency] = cents.get(currency, 0) + amount
    return Sum(len(found), dict(sorted(cents.items())))


def monthly_cents(subscription: Subscription) -> int:
    """What a plan brings a month, less discounts, before tax; a year counts a twelfth."""
    cents = subscription.next_charge_cents or 0
    if subscription.owed_cents:  # the next charge is an open invoice, with its tax
        cents = (subscription.gateway_unit_amount_cents or 0) * (subscription.gateway_quantity or 1)
    return round(cents / 12) if subscription.gateway_interval == "year" else cents


@dataclass(frozen=True)
class Money:
    """The figures as of `day`; each is asked for once."""

    day: date

    @cached_property
    def first(self) -> date:
        return self.day.replace(day=1)

    @cached_property
    def month(self) -> dict[str, accounting.Totals]:
        """This month by currency, from the ledger."""
        return accounting.totals(accounting.entries(self.first))

    @cached_property
    def charging(self) -> list[Subscription]:
        """The plans that will be charged again."""
        found = _of_this_mode().filter(is_open_at_gateway=True, is_paused=False, next_charge_cents__gt=0)
        return list(
            found.exclude(status=Subscription.Status.DISPUTED).select_related(*SHOWN).order_by("next_charge_on")
        )

    @cached_property
    def mrr(self) -> Sum:
        """Monthly recurring revenue."""
        return sum_of((each.gateway_currency, monthly_cents(each)) for each in self.charging)

    @cached_property
    def due(self) -> list[Subscription]:
        """Charged within SOON, the soonest first."""
        end = timezone.now() + SOON
        return [each for each in self.charging if each.next_charge_on and each.next_charge_on <= end]

    @cached_property
    def due_sum(self) -> Sum:
        return sum_of((each.gateway_currency, each.next_charge_cents or 0) for each in self.due)

    @cached_property
    def failing(self) -> list[Subscription]:
        return list(past_due().select_related(*SHOWN).order_by("past_due_since"))

    @cached_property
    def failing_sum(self) -> Sum:
        return sum_of((each.gateway_currency, each.owed_cents) for each in self.failing)

    @cached_property
    def recovered(self) -> list[Subscription]:
        """Reminded of a failed payment since the month began, and paid since then."""
        start, end = accounting.bounds(self.first)
        reminders = OutgoingEmail.objects.filter(key__startswith=REMINDER_KEY, created_at__range=(start, end))
        reminded = set(reminders.values_list("context__subscription", flat=True)) - {None}
        found = _of_this_mode().filter(pk__in=reminded, status=Subscription.Status.ACTIVE, past_due_since=None)
        return list(found.select_related(*SHOWN))

    @cached_property
    def disputes(self) -> list[Subscription]:
        """Disputes and inquiries that are not decided, the first deadline first."""
        found = _of_this_mode().filter(dispute_status__in=UNDECIDED)
        return list(found.select_related(*SHOWN).order_by("dispute_due_by", "pk"))

    @cached_property
    def refunds(self) -> list[LedgerEntry]:
        kinds = [LedgerEntry.Kind.REFUND, LedgerEntry.Kind.REFUND_FAILED]
        return list(accounting.entries(self.first).filter(kind__in=kinds).select_related("subscription__listing"))

    @cached_property
    def given(self) -> list[Subscription]:
        """Plans without charge, by intent."""
        found = _of_this_mode().filter(is_comp=True, end_done_at=None, comp_until__gt=timezone.now())
        return list(found.select_related(*SHOWN).order_by("comp_until"))

    @cached_property
    def differences(self) -> list[tuple[str, str, int]]:
        """(kind, its words, how many): each is 0 when all is right."""
        counts = dict(differences().order_by().values_list("kind").annotate(Count("pk")))
        return [(kind, str(words), counts.get(kind, 0)) for kind, words in BillingDifference.Kind.choices]

    @cached_property
    def orders(self) -> list[Order]:
        """Orders that stand with an error: somebody wanted to pay and could not."""
        return list(order_errors().select_related("listing__clinic", "price__plan", "buyer").order_by("created_at"))

    @cached_property
    def foreign(self) -> int:
        """Messages about other business this month."""
        return sum(ForeignEvent.objects.filter(Q(day__gte=self.first)).values_list("count", flat=True))


SHOWN = ("listing__clinic", "price__plan", "account")
