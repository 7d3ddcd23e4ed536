from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clinics.verification.npi_files import load
from clinics.verification.nppes import NppesUnavailable


class Command(BaseCommand):
    help = "Load files of NPPES, which fill in the owners' form with NPPES_LOOKUP=table."

    def add_arguments(self, parser):
        parser.add_argument("paths", type=Path, nargs="+", help="main, practice-location or other-name CSV files")

    def handle(self, *, paths, **options):
        for path in paths:
            try:
                providers, places = load(path)
            except (NppesUnavailable, OSError, UnicodeDecodeError) as error:
                raise CommandError(f"{path} could not be used. {error}") from error
            self.stdout.write(f"{path.name}: {providers:,} providers, {places:,} places.")
