from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Sum

from listings.billing import gateway
from listings.billing.gateway_types import GatewayError
from listings.models import LedgerEntry


class Command(BaseCommand):
    help = "Compares the money ledger with the gateway's balance, to the cent. Exit code 1 on any difference."

    def handle(self, **options):
        try:
            theirs = gateway.balance_cents()
            movements = {movement.gateway_id: movement for movement in gateway.movements_since(None)}
        except GatewayError as error:
            raise CommandError(f"The gateway did not answer: {error}") from error
        entries = LedgerEntry.objects.filter(livemode=settings.STRIPE_LIVEMODE)
        ours = dict(entries.order_by().values_list("currency").annotate(Sum("net_cents")))
        known = dict(entries.values_list("gateway_id", "net_cents"))
        wrong = sorted(name for name, movement in movements.items() if known.get(name) != movement.net_cents)
        wrong += sorted(known.keys() - movements.keys())
        for name in wrong[:20]:
            movement = movements.get(name)
            theirs_text = f"{movement.net_cents} cents" if movement else "nothing"
            self.stdout.write(f"{name}: the gateway has {theirs_text}, the ledger {known.get(name, 'nothing')}")
        currencies = sorted(theirs.keys() | ours.keys())
        differing = [name for name in currencies if theirs.get(name, 0) != ours.get(name, 0)]
        for name in currencies:
            self.stdout.write(f"{name}: gateway {theirs.get(name, 0) / 100:.2f}, ledger {ours.get(name, 0) / 100:.2f}")
        if wrong or differing:
            raise CommandError("The ledger differs from the gateway. `manage.py sweep_payments --days 30` may fix it.")
