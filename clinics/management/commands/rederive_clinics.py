from django.core.management.base import BaseCommand, CommandError

from clinics.imports.rederive import rederive
from clinics.imports.run import ImportFailed


class Command(BaseCommand):
    help = "Derives every clinic again from what its lists state, after a new release. Safe to run again."

    def handle(self, *, verbosity, **options):
        try:
            changed = rederive()
        except ImportFailed as error:
            raise CommandError(f"{error}") from error
        if verbosity:
            self.stdout.write(f"Clinics derived otherwise than before: {changed or 'none'}.")
