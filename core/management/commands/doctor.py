from django.core.management.base import BaseCommand, CommandError

from core.checks import ask_service, examine, notes, services


class Command(BaseCommand):
    help = "Looks at the deployment and says in sentences what is wrong with it. Exit code 1 if anything is."
    requires_system_checks = []  # they are part of what it looks at

    def add_arguments(self, parser):
        for name, what in services().items():
            parser.add_argument(f"--{name}", action="store_true", help=f"Looks at this alone: {what}.")

    def handle(self, *args, **options):
        if asked := [name for name in services() if options[name]]:
            self._finish(sum(map(self._ask, asked)))
            return
        problems = 0
        for subject, sentences in examine().items():
            if not sentences:
                self.stdout.write(f"ok       {subject}")
            for sentence in sentences:
                self.stdout.write(f"PROBLEM  {subject}: {sentence}")
            problems += len(sentences)
        for subject, sentence in notes().items():
            self.stdout.write(f"note     {subject}: {sentence}")
        self._finish(problems)

    def _ask(self, name: str) -> int:
        """Prints what an outside service has to say; returns how many problems there are."""
        problems = 0
        for finding in ask_service(name):
            self.stdout.write(
                f"{'PROBLEM ' if finding.is_problem else 'ok      '} {finding.subject}: {finding.sentence}"
            )
            problems += finding.is_problem
        return problems

    def _finish(self, problems: int) -> None:
        if problems:
            raise CommandError(f"{problems} thing{'s are' if problems > 1 else ' is'} wrong.", returncode=1)
        self.stdout.write("Nothing is wrong.")
