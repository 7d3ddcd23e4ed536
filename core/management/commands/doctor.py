from django.core.management.base import BaseCommand, CommandError

from core.checks import examine


class Command(BaseCommand):
    help = "Looks at the deployment and says in sentences what is wrong with it. Exit code 1 if anything is."
    requires_system_checks = []  # they are among what is looked at

    def handle(self, *args, **options):
        wrong = 0
        for name, sentences in examine().items():
            words = name.replace("_", " ")
            if not sentences:
                self.stdout.write(f"well   {words}")
            for sentence in sentences:
                self.stdout.write(f"WRONG  {words}: {sentence}")
            wrong += len(sentences)
        if wrong:
            raise CommandError(f"{wrong} thing{'s are' if wrong > 1 else ' is'} wrong.", returncode=1)
        self.stdout.write("Nothing is wrong.")
