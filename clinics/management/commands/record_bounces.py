from django.core.management.base import BaseCommand

from clinics.verification.reconfirmation import record_bounce


class Command(BaseCommand):
    help = "Record that no mail reaches these addresses: they get no more, and their clinics go on the call list."

    def add_arguments(self, parser):
        parser.add_argument("email", nargs="+", help="as the mail server's report names it")

    def handle(self, *, email, **options):
        for address in email:
            rounds = record_bounce(address)
            self.stdout.write(f"{address}: {rounds} round{'' if rounds == 1 else 's'} of asking ended.")
