from django.core.management.base import BaseCommand, CommandError

from clinics import rules, state_lines
from clinics.shipped import Unreadable


class Command(BaseCommand):
    help = "Loads the rules and the lines of states that pages tell. Safe to run again: what an editor wrote stays."

    def handle(self, *, verbosity, **options):
        try:
            of_rules, of_lines = rules.load(), state_lines.load()
        except Unreadable as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(f"Rules: {of_rules}; lines of states: {of_lines}.")
