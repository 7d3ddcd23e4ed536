from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from core.backups import BackupError, dumps_in, last_of, restore
from core.postgres_programs import ProgramsNotFoundError


class Command(BaseCommand):
    help = "Puts a dump in the place of what the database holds: all of it, or nothing."
    requires_system_checks = []  # the database may be empty, or what it held before may be broken

    def add_arguments(self, parser):
        parser.add_argument("file", nargs="?", help="the dump, such as var/backups/NAME.dump")
        parser.add_argument("--last", action="store_true", help="the last dump of BACKUP_DIR, none from the future")
        parser.add_argument("--overwrite", default="", help="the name of a database whose rows may be replaced")

    def handle(self, *, file, last, overwrite, **options):
        if bool(file) == last:
            raise CommandError("Say which: make restore FILE=var/backups/NAME.dump, or manage.py restore --last")
        path = self.last_dump() if last else Path(file)
        try:
            restore(path, overwrite)
        except (BackupError, ProgramsNotFoundError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError("The database does not answer, so nothing was done.") from error
        self.stdout.write(f"Restored {path}. Now: manage.py migrate, then start the site; everybody signs in again.")

    def last_dump(self) -> Path:
        folder = Path(settings.BACKUP_DIR)
        made = dumps_in(folder)
        path = last_of(made)
        if ahead := [each.name for each in made if path is None or made[each] > made[path]]:
            self.stdout.write(f"Left out, because a clock was ahead when it was made: {', '.join(ahead)}")
        if path is None:
            raise CommandError(f"There is no backup in {folder}.")
        return path
