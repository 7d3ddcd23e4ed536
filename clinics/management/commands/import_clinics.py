import json
import sys
from contextlib import nullcontext
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from clinics.imports.derive import SOURCE_RANK
from clinics.imports.export import is_export
from clinics.imports.findtreatment_api import FindTreatmentUnavailable, circle_around, fetch_state
from clinics.imports.restore import restore
from clinics.imports.run import ImportFailed, ImportResult, import_file, rehearsal
from clinics.imports.undo import undo_last_run
from clinics.models import ImportRun

COUNTS = ("created", "updated", "unchanged", "repeated", "skipped", "rejected", "closed", "queued")
EXPLAINED = {
    "repeated": "rows that name the same clinic again",
    "skipped": "mental health only; --include-mental-health imports them",
    "closed": "in an older edition, not in this one",
    "queued": "pairs that a person should look at",
}
POINTS_EXPLAINED = {"created": "addresses, none of them as a clinic", "repeated": "rows of the same address again"}
UNDOABLE = [source.value for source in SOURCE_RANK]
SHOWN_REJECTIONS = 20
LINES_EVERY_ROWS = 100_000


class Command(BaseCommand):
    help = "Import clinics from files of SAMHSA and CMS. Safe to run again: what is not new changes nothing."

    def add_arguments(self, parser):
        parser.add_argument("path", nargs="*", type=Path, help="imported one after another")
        parser.add_argument("--from-api", action="store_true", help="ask FindTreatment.gov for a state instead")
        parser.add_argument("--state", metavar="NY", help="with --from-api: two letters")
        parser.add_argument(
            "--undo",
            choices=UNDOABLE,
            metavar="SOURCE",
            help=f"undo the last import of one: {', '.join(UNDOABLE)}",
        )
        parser.add_argument("--format", dest="layout", help="the layout, instead of the one found from the content")
        parser.add_argument("--edition", help="the year or the day of the list, if the file does not say: 2024-07-01")
        parser.add_argument("--dry-run", action="store_true", help="do all the work, report, and roll it back")
        parser.add_argument("--include-mental-health", action="store_true", help="also clinics for mental health only")
        parser.add_argument(
            "--points-only",
            action="store_true",
            help="take the coordinates of an old list for our own clinics, and list none of its",
        )
        parser.add_argument(
            "--report", type=Path, metavar="PATH", help="write all numbers and rejections there as JSON"
        )

    def handle(self, *, path, report, dry_run, layout, edition, **options):
        if options["undo"]:
            self.undo(options["undo"], alone=not (path or options["from_api"] or dry_run))
            return
        if bool(path) == options["from_api"] or bool(options["state"]) != options["from_api"]:
            raise CommandError("Name one file or several, or --from-api with --state and two letters.")
        if options["from_api"]:
            path = [self.fetch(options["state"].upper())]
        results = []
        try:
            with rehearsal() if dry_run else nullcontext():
                for file in path:
                    if is_export(file) and not options["points_only"]:
                        self.restore(file, dry_run=dry_run)
                        continue
                    result = import_file(
                        file,
                        layout=layout,
                        edition=edition,
                        include_mental_health=options["include_mental_health"],
                        points_only=options["points_only"],
                        dry_run=dry_run,
                        progress=self.show_progress if options["verbosity"] else iter,
                    )
                    results.append(result)
                    if options["verbosity"]:
                        self.print_report(result)
        except ImportFailed as error:
            raise CommandError(str(error)) from error
        finally:
            if report and results:
                write_report(report, results)

    def undo(self, source: str, *, alone: bool) -> None:
        if not alone:
            raise CommandError("--undo takes no file, --from-api or --dry-run.")
        try:
            self.stdout.write(str(undo_last_run(source)))
        except ImportFailed as error:
            raise CommandError(str(error)) from error

    def restore(self, path: Path, *, dry_run: bool) -> None:
        """Restore an export of ours, which holds the lists of several sources."""
        result = restore(path, dry_run=dry_run)
        for name in ("created", "updated", "unchanged"):
            self.stdout.write(f"{name:<12} {getattr(result, name)}")
        if dry_run:
            self.stdout.write("Dry run: nothing was written.")

    def fetch(self, state: str) -> Path:
        """What FindTreatment.gov states today about a state, in a file that is kept."""
        folder = settings.VAR_DIR / "findtreatment"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            return fetch_state(
                state,
                *circle_around(state),
                folder,
                address=settings.FINDTREATMENT_URL,
                on_page=lambda page, pages: self.stderr.write(f"FindTreatment.gov: page {page} of {pages}"),
            )
        except FindTreatmentUnavailable as error:
            raise CommandError(str(error)) from error

    def show_progress(self, directory):
        """The rows, with a progress bar on a terminal, and plain lines elsewhere."""
        self.stderr.write(f"{directory.path.name}: {directory.source_label} {directory.edition}")
        if sys.stderr.isatty():
            yield from tqdm(directory, total=directory.total_rows, unit=" rows", file=sys.stderr, leave=False)
            return
        for count, row in enumerate(directory, start=1):
            yield row
            if count % LINES_EVERY_ROWS == 0:
                self.stderr.write(f"{count:,} rows read")

    def print_report(self, result: ImportResult) -> None:
        run = result.run
        for name in COUNTS:
            note = (POINTS_EXPLAINED if run.points_only else EXPLAINED).get(name) if getattr(run, name) else None
            self.stdout.write(f"{name:<12} {getattr(run, name)}{f'   ({note})' if note else ''}")
        for rule, count in run.rules.items():
            self.stdout.write(f"  matched by {rule}: {count}")
        for rejection in result.rejections[:SHOWN_REJECTIONS]:
            self.stdout.write(f"line {rejection.line} rejected: {rejection.reason}")
        if (more := len(result.rejections) - SHOWN_REJECTIONS) > 0:
            self.stdout.write(f"and {more} more; --report PATH writes all of them")
        for message in run.messages:
            self.stdout.write(message)
        if run.status == ImportRun.Status.DRY_RUN:
            self.stdout.write("Dry run: nothing was written.")


def write_report(path: Path, results: list[ImportResult]) -> None:
    files = [
        {
            "file": result.run.file_name,
            "sha256": result.run.file_sha256,
            "layout": result.run.layout,
            "source": result.run.source,
            "edition": result.run.edition,
            "points_only": result.run.points_only,
            "status": result.run.status,
            "rows": result.run.rows,
            **{name: getattr(result.run, name) for name in COUNTS},
            "rules": result.run.rules,
            "messages": result.run.messages,
            "rejections": [
                {"line": rejection.line, "reason": rejection.reason, "text": rejection.text}
                for rejection in result.rejections
            ],
        }
        for result in results
    ]
    try:
        path.write_text(json.dumps({"written_at": timezone.now().isoformat(), "files": files}, indent=2) + "\n")
    except OSError as error:
        raise CommandError(f"The report could not be written to {path}: {error.strerror}.") from error
