from django.core.management.base import BaseCommand, CommandError

from articles import starter


class Command(BaseCommand):
    help = "Fills in the starter articles, marked as samples. Safe to run again: an edited article is kept as it is."

    def handle(self, *, verbosity, **options):
        try:
            counts = starter.load()
        except starter.Unreadable as error:
            raise CommandError(str(error)) from error
        if verbosity:
            self.stdout.write(
                "Starter articles: " + ", ".join(f"{count} {what}" for what, count in counts.items()) + "."
            )
