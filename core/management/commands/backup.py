from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from core.backups import BackupError, back_up, expire
from core.postgres_programs import ProgramsNotFoundError


class Command(BaseCommand):
    help = "Writes a dump of the database, and the pictures beside it, to BACKUP_DIR; older ones expire."
    requires_system_checks = []  # a site with a problem is backed up too

    def handle(self, **options):
        folder = Path(settings.BACKUP_DIR)
        try:
            path = back_up(folder)
        except (BackupError, ProgramsNotFoundError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError("The database does not answer, so nothing was done.") from error
        self.stdout.write(f"Wrote {path}, {path.stat().st_size / 1e6:.1f} MB.")
        for old in expire(folder, settings.BACKUP_DAYS):
            self.stdout.write(f"Deleted {old}, older than {settings.BACKUP_DAYS} days.")
