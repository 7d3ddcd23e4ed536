from django.core.management.base import BaseCommand, CommandError

from core import translations


class Command(BaseCommand):
    help = (
        "Gathers what the site says into locale/es/ and compiles it; fails until nothing is missing. Needs no gettext."
    )
    requires_system_checks = []

    def handle(self, **options):
        catalogue = translations.read()
        catalogue.update(translations.gather(), no_fuzzy_matching=True)
        translations.write(catalogue)
        missing = translations.missing(catalogue)
        for message in missing:
            self.stdout.write(f"missing: {message.id}")
        for message in catalogue.obsolete.values():
            self.stdout.write(f"obsolete: {message.id}")
        self.stdout.write(
            f"{translations.CATALOGUE.name}: {len(catalogue)} messages, {len(missing)} missing, "
            f"{len(catalogue.obsolete)} obsolete."
        )
        if missing:
            raise CommandError("Fill in what is missing, then run it again.")
