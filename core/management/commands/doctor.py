from django.core.management.base import BaseCommand, CommandError

from core.checks import examine, notes


class Command(BaseCommand):
    help = "Looks at the deployment and says in sentences what is wrong with it. Exit code 1 if anything is."
    requires_system_checks = []  # they are part of what it looks at

    def handle(self, *args, **options):
        problems = 0
        for subject, sentences in examine().items():
            if not sentences:
                self.stdout.write(f"ok       {subject}")
            for sentence in sentences:
                self.stdout.write(f"PROBLEM  {subject}: {sentence}")
            problems += len(sentences)
        for subject, sentence in notes().items():
            self.stdout.write(f"note     {subject}: {sentence}")
        if problems:
            raise CommandError(f"{problems} thing{'s are' if problems > 1 else ' is'} wrong.", returncode=1)
        self.stdout.write("Nothing is wrong.")
