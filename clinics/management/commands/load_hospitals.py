from datetime import date
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clinics import hospitals

TOLD_YEARS = 2  # a hospital's emergency department rarely moves; the list comes four times a year


class Command(BaseCommand):
    help = "Loads hospitals with an emergency department from CMS's list “Hospital General Information” (CSV)."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)
        parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="the day of the list: 2026-10-15")

    def handle(self, *, file, as_of, verbosity, **options):
        if as_of > date.today():  # noqa: DTZ011 - a day of the list, not a moment
            raise CommandError(f"{as_of} is still to come.")
        until = date(as_of.year + TOLD_YEARS, as_of.month, min(as_of.day, 28))
        try:
            without_place, changes = hospitals.load(file, as_of.isoformat(), until)
        except hospitals.Unreadable as error:
            raise CommandError(str(error)) from error
        if verbosity:
            left_out = f" {without_place:,} have a ZIP code we do not know." if without_place else ""
            self.stdout.write(f"Hospitals with an emergency department: {changes}.{left_out}")
