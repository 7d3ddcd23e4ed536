from django.core.management.base import BaseCommand

from core import papers


class Command(BaseCommand):
    help = "Loads the starter texts of terms, refunds and the other papers. Safe to run again: what is there stays."

    def handle(self, *, verbosity, **options):
        loaded = papers.load()
        if verbosity:
            self.stdout.write(f"Papers: {loaded}.")
