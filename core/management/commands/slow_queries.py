from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

SLOWEST = """
    SELECT calls, mean_exec_time, max_exec_time, 100 * total_exec_time / sum(total_exec_time) OVER (), query
    FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    ORDER BY total_exec_time DESC LIMIT %s
"""
LONGEST_TEXT = 300


class Command(BaseCommand):
    help = (
        "The statements that cost the database most, by their text without values: no search is in it. "
        "Needs the extension pg_stat_statements."
    )

    def add_arguments(self, parser):
        parser.add_argument("--count", type=int, default=10)

    def handle(self, *, count, **options):
        try:
            with connection.cursor() as cursor:
                cursor.execute(SLOWEST, [count])
                rows = cursor.fetchall()
        except DatabaseError as error:
            raise CommandError(
                "pg_stat_statements does not answer. In postgresql.conf: shared_preload_libraries = "
                "'pg_stat_statements', then a restart, and as its owner: CREATE EXTENSION pg_stat_statements."
            ) from error
        self.stdout.write(f"{'calls':>9} {'mean ms':>9} {'max ms':>9} {'share':>6}  statement")
        for calls, mean, most, share, text in rows:
            words = " ".join(text.split())[:LONGEST_TEXT]
            self.stdout.write(f"{calls:>9} {mean:>9.2f} {most:>9.1f} {share:>5.1f}%  {words}")
