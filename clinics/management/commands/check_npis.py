from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clinics.verification.credentials import check_npis
from clinics.verification.nppes import NppesUnavailable, read_file


class Command(BaseCommand):
    help = "Look up the NPIs that lists state of clinics in a main or practice-location file of NPPES."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="the CSV as CMS publishes it")

    def handle(self, *, path, **options):
        try:
            proved = check_npis(read_file(path))
        except (NppesUnavailable, OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} could not be used. {error}") from error
        self.stdout.write(f"{proved:,} NPIs are in the register at the place of their clinic.")
