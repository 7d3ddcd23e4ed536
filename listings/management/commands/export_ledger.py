import io
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from listings.billing import accounting
from listings.billing.gateway_types import GatewayError


class Command(BaseCommand):
    help = "Writes a month of the ledger as CSV, and compares it with the gateway's balance, to the cent."

    def add_arguments(self, parser):
        parser.add_argument("--month", required=True, help="such as 2026-11")
        parser.add_argument("--output", type=Path, help="a file; without it the CSV is printed")
        parser.add_argument("--offline", action="store_true", help="without a comparison with the gateway")

    def handle(self, *, month, output, offline, **options):
        try:
            first = accounting.month_of(month)
        except ValueError as error:
            raise CommandError(str(error)) from error
        if output:
            with output.open("w", encoding="utf-8", newline="") as stream:
                sums = accounting.export(stream, first)
        else:
            text = io.StringIO()
            sums = accounting.export(text, first)
            self.stdout.write(text.getvalue(), ending="")
        if not offline:
            self.compare(first, sums)

    def compare(self, first, sums) -> None:
        try:
            differences = accounting.differences(first, sums)
        except GatewayError as error:
            raise CommandError(f"The gateway did not answer, so nothing was compared: {error}") from error
        if differences:
            raise CommandError(" ".join([*differences, "`manage.py sweep_payments --days 30` may fix it."]))
        self.stderr.write("It equals the gateway's balance of that month, to the cent.")
