from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import OperationalError, connections
from psycopg2.errors import LockNotAvailable

LOCK_TIMEOUT_SECONDS = 2


class Command(migrate.Command):
    """Django's, but readers never wait: every query queues behind a migration that waits for a whole table."""

    def handle(self, *args, **options):
        connection = connections[options["database"]]
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
            super().handle(*args, **options)
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            raise CommandError(
                f"A table was in use for {LOCK_TIMEOUT_SECONDS} seconds, so the migration let readers pass. "
                "It is undone; those applied before it stay. Run it again."
            ) from error
        finally:
            # The caller continues with the same connection.
            if connection.connection is not None and not connection.needs_rollback and connection.is_usable():
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")
