from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from listings.billing.sweep import sweep


class Command(BaseCommand):
    help = "Fetches and applies whatever was lost between the payment gateway and us. A job does this too."

    def add_arguments(self, parser):
        parser.add_argument("--days", type=int, default=3, help="how far to look back; the gateway keeps 30 days")

    def handle(self, *, days, **options):
        if not 1 <= days <= 30:
            raise CommandError("--days is a number from 1 to 30.")
        counts = sweep(timezone.now() - timedelta(days=days))
        failed = counts.pop("failed")
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
        if failed:
            raise CommandError(f"{failed} failed; the log says why. They stay for the next sweep.")
