from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from core.backups import WAIT_SECONDS, FolderBusyError
from core.postgres_programs import ProgramsNotFoundError
from core.restore_checks import check_last


class Command(BaseCommand):
    help = "Restores the last backup into a scratch database, compares it and stores the result. Exit code 1 if bad."
    requires_system_checks = []  # a site with a problem has backups too

    def add_arguments(self, parser):
        parser.add_argument("--wait-seconds", type=float, default=WAIT_SECONDS, help="for another backup or check")

    def handle(self, *, wait_seconds, **options):
        try:
            result = check_last(Path(settings.BACKUP_DIR), wait_seconds)
        except (FolderBusyError, ProgramsNotFoundError) as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError("The database does not answer, so nothing was done.") from error
        if result.problem:
            raise CommandError(f"{result.dump}: {result.problem}")
        self.stdout.write(
            f"{result.dump} was restored on trial in {result.seconds:.1f} s: "
            f"{result.tables} tables and {result.rows} rows, as in the dump."
        )
