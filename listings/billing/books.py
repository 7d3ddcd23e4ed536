"""The ledger against the gateway's balance, to the cent: opening balance + our movements + foreign ones = balance."""

from dataclasses import dataclass, field
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from listings.billing import foreign, gateway
from listings.billing.gateway_types import BalanceMovement, GatewayUnavailable
from listings.models import LedgerEntry, OpeningBalance

TRIES = 3  # to read a balance during which no money moves


@dataclass
class Sums:
    """Of one currency, in cents. All of it is in balance if nothing is left over."""

    gateway: int = 0
    opening: int = 0
    ledger: int = 0
    foreign: int = 0

    @property
    def difference(self) -> int:
        return self.gateway - self.opening - self.ledger - self.foreign


@dataclass
class Comparison:
    """What the gateway has, what we have, and a sentence for each movement in which they differ."""

    opened_at: datetime | None
    sums: dict[str, Sums] = field(default_factory=dict)  # by currency
    wrong: list[str] = field(default_factory=list)

    @property
    def is_equal(self) -> bool:
        return not self.wrong and not any(sums.difference for sums in self.sums.values())

    def of(self, currency: str) -> Sums:
        return self.sums.setdefault(currency, Sums())


def compare() -> Comparison:
    """The whole account, since the books were opened by hand or from its first movement on. Raises GatewayError."""
    opening = list(OpeningBalance.objects.current(livemode=settings.STRIPE_LIVEMODE))
    found = Comparison(opening[0].opened_at if opening else None)
    for currency, cents in gateway.balance_cents().items():
        found.of(currency).gateway = cents
    movements = gateway.movements_since(found.opened_at)
    entries = LedgerEntry.objects.filter(livemode=settings.STRIPE_LIVEMODE)
    if found.opened_at:
        entries = entries.filter(happened_at__gte=found.opened_at)
    known = dict(entries.values_list("gateway_id", "net_cents"))
    for row in opening:
        found.of(row.currency).opening = row.amount_cents
    for currency, cents in entries.order_by().values_list("currency").annotate(Sum("net_cents")):
        found.of(currency).ledger = cents
    for movement in foreign.split(movements)[1]:
        if movement.gateway_id not in known:
            found.of(movement.currency).foreign += movement.net_cents
    found.wrong = _differences(movements, known)
    return found


def _differences(movements: list[BalanceMovement], known: dict[str, int]) -> list[str]:
    own = {movement.gateway_id: movement.net_cents for movement in foreign.split(movements)[0]}
    theirs = {movement.gateway_id: movement.net_cents for movement in movements}
    names = sorted(name for name, cents in own.items() if known.get(name) != cents)
    names += sorted(name for name, cents in known.items() if theirs.get(name) != cents and name not in names)
    return [f"{name}: the gateway has {_cents(theirs, name)}, the ledger {_cents(known, name)}" for name in names]


def _cents(found: dict[str, int], name: str) -> str:
    return f"{found[name]} cents" if name in found else "nothing"


def open_books() -> list[OpeningBalance]:
    """Take what the account holds now as given; from now on every movement is compared. Raises GatewayError."""
    opened_at = timezone.now().replace(microsecond=0)  # the gateway's own times are whole seconds
    balance = _quiet_balance(opened_at)
    with transaction.atomic():
        return [
            OpeningBalance.objects.create(
                currency=currency, amount_cents=cents, livemode=settings.STRIPE_LIVEMODE, opened_at=opened_at
            )
            for currency, cents in sorted(balance.items())
        ]


def _quiet_balance(moment: datetime) -> dict[str, int]:
    """The balance before the movements since `moment`, read while nothing moved."""
    for _ in range(TRIES):
        balance = gateway.balance_cents()
        later = gateway.movements_since(moment)
        if gateway.balance_cents() == balance:
            for movement in later:
                balance[movement.currency] = balance.get(movement.currency, 0) - movement.net_cents
            return balance
    raise GatewayUnavailable("Money moved while the balance was read. Try again in a minute.")
