from django.core.management.base import BaseCommand, CommandError

from clinics import demo


class Command(BaseCommand):
    help = "Fills an empty directory with invented clinics, plainly marked as demo. Safe to run again."

    def handle(self, *, verbosity, **options):
        try:
            count = demo.load()
        except demo.NotReady as error:
            raise CommandError(str(error)) from error
        if verbosity:
            done = f"{count:,} invented clinics loaded." if count else "The demo clinics are there; nothing changed."
            self.stdout.write(done)
