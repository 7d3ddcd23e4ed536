from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from listings.billing import books, invariant
from listings.billing.gateway_types import GatewayError
from listings.models import OpeningBalance

SHOWN = 20


class Command(BaseCommand):
    help = (
        "Compares the money ledger with the gateway's balance, to the cent, and what each plan is charged with what "
        "is given and seen. Exit code 1 on any difference."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--open",
            action="store_true",
            help="record what the account holds now, of whatever business, as the opening balance",
        )
        parser.add_argument("--again", action="store_true", help="with --open: though it was opened before")

    def handle(self, **options):
        try:
            if options["open"]:
                self.open(again=options["again"])
            comparison = books.compare()
            found = invariant.differences(against_gateway=True)
        except GatewayError as error:
            raise CommandError(f"The gateway did not answer: {error}") from error
        self.show(comparison)
        for difference in found:
            self.stdout.write(f"{difference.kind}: {difference.sentence}")
        invariant.record(found)
        if not comparison.is_equal:
            raise CommandError("The ledger differs from the gateway. `manage.py sweep_payments --days 30` may fix it.")
        if found:
            raise CommandError(f"{len(found)} plans are not charged, given and shown alike.")

    def open(self, *, again: bool) -> None:
        opened = OpeningBalance.objects.current(livemode=settings.STRIPE_LIVEMODE).first()
        if opened and not again:
            raise CommandError(
                f"The books were opened on {opened.opened_at:%Y-%m-%d}. Opening them again would hide every "
                "difference since then; add --again if that is what you want."
            )
        for row in books.open_books():
            self.stdout.write(f"Opened with {row}")

    def show(self, comparison: books.Comparison) -> None:
        for sentence in comparison.wrong[:SHOWN]:
            self.stdout.write(sentence)
        for currency, sums in sorted(comparison.sums.items()):
            line = f"{currency}: gateway {sums.gateway / 100:.2f}, ledger {sums.ledger / 100:.2f}"
            if comparison.opened_at:
                line += f", opened with {sums.opening / 100:.2f} on {comparison.opened_at:%Y-%m-%d}"
            if sums.foreign:
                line += f", foreign {sums.foreign / 100:.2f}"
            self.stdout.write(line)
