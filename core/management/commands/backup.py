from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from core.backups import WAIT_SECONDS, BackupError, back_up, expire, settings_file
from core.postgres_programs import ProgramsNotFoundError


class Command(BaseCommand):
    help = (
        "Writes a backup to BACKUP_DIR: the database, the files, and in a deployment the settings; older ones expire."
    )
    requires_system_checks = []  # a site with a problem is backed up too

    def add_arguments(self, parser):
        parser.add_argument("--wait-seconds", type=float, default=WAIT_SECONDS, help="for another backup or check")

    def handle(self, *, wait_seconds, **options):
        folder = Path(settings.BACKUP_DIR)
        try:
            path, settings_problem = back_up(folder, wait_seconds)
        except (BackupError, ProgramsNotFoundError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError("The database does not answer, so nothing was done.") from error
        self.stdout.write(f"Wrote {path}, {path.stat().st_size / 1e6:.1f} MB.")
        if settings.BACKUP_RECIPIENT and settings_file() is None:
            self.stdout.write("The settings are not beside it: root alone reads them. systemctl start waypost-backup")
        for old in expire(folder, settings.BACKUP_DAYS):
            self.stdout.write(f"Deleted {old}, older than {settings.BACKUP_DAYS} days.")
        if settings_problem:
            raise CommandError(f"The settings are not beside it. {settings_problem}")
