from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from core.backups import BackupError, restore
from core.postgres_programs import ProgramsNotFoundError


class Command(BaseCommand):
    help = "Puts a dump in the place of what the database holds: all of it, or nothing."
    requires_system_checks = []  # the database may be empty, or what it held before may be broken

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help="the dump, such as var/backups/NAME.dump")
        parser.add_argument("--overwrite", default="", help="the name of a database whose rows may be replaced")

    def handle(self, *, file, overwrite, **options):
        if not file:
            raise CommandError("Say which: make restore FILE=var/backups/NAME.dump")
        try:
            restore(Path(file), overwrite)
        except (BackupError, ProgramsNotFoundError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError("The database does not answer, so nothing was done.") from error
        self.stdout.write(f"Restored {file}. Now: manage.py migrate, then start the site; everybody signs in again.")
