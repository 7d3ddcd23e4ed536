import sys
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from tqdm import tqdm

from clinics.locations import census, lookup_files, lookups
from clinics.locations.answers import Answer, GeocoderUnavailable
from clinics.locations.geocoding import GeocodingBusy, alone, chosen, geocode
from clinics.models import AddressLookup
from clinics.postal_codes import POSTAL_CODES


class Command(BaseCommand):
    help = "Ask the geocoder of the settings for the addresses of clinics that have no point. Safe to run again."

    def add_arguments(self, parser):
        parser.add_argument("--state", metavar="NY", default="", help="only clinics of this state")
        parser.add_argument("--limit", type=int, metavar="N", help="at most so many addresses")
        parser.add_argument("--dry-run", action="store_true", help="say how many are due, and ask nobody")
        parser.add_argument(
            "--write-file", type=Path, metavar="FILE", help="write what is due as a file for the US Census Geocoder"
        )
        parser.add_argument("--read-file", type=Path, metavar="FILE", help="read its answer to such a file")

    def handle(self, *, state, limit, dry_run, write_file, read_file, **options):
        state = state.upper()
        if sum(map(bool, (dry_run, write_file, read_file))) > 1:
            raise CommandError("Give one of --dry-run, --write-file and --read-file.")
        if read_file and (state or limit):
            raise CommandError("--read-file reads a whole file: leave out --state and --limit.")
        if state and state not in POSTAL_CODES:
            raise CommandError(f"'{state}' is not a state we know; write its two letters, such as NY.")
        if limit is not None and limit < 1:
            raise CommandError("--limit takes a number from 1.")
        try:
            if read_file:
                self.read(read_file)
            elif write_file:
                self.write(write_file, state, limit)
            elif dry_run:
                self.count(state, limit)
            else:
                self.ask(state, limit)
        except (GeocoderUnavailable, GeocodingBusy) as error:
            raise CommandError(str(error)) from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{read_file} is not a text file.") from error
        except OSError as error:
            raise CommandError(f"{read_file or write_file} could not be used: {error}") from error

    def ask(self, state: str, limit: int | None) -> None:
        service = chosen()
        if sys.stderr.isatty():
            total = sum(1 for _ in lookups.due(service.name, state=state))
            with tqdm(total=min(total, limit or total), unit=" addresses", file=sys.stderr, leave=False) as bar:
                report = geocode(state=state, limit=limit, on_batch=bar.update)
        else:
            report = geocode(state=state, limit=limit, on_batch=lambda n: self.stderr.write(f"{n:,} addresses asked"))
        for outcome, count in report.outcomes.items():
            self.stdout.write(f"{outcome:<12} {count:,}   ({AddressLookup.Outcome(outcome).label})")
        if report.stopped:
            raise CommandError(report.stopped)
        if not report.outcomes:
            self.stdout.write("Nothing was due.")

    def count(self, state: str, limit: int | None) -> None:
        name = settings.GEOCODER or census.NAME
        places = list(islice(lookups.due(name, state=state), limit))
        sendable = sum(1 for place in places if place.forms.as_sent)
        self.stdout.write(f"{sendable:,} addresses are due. Dry run: nobody was asked and nothing was written.")
        if unsendable := len(places) - sendable:
            self.stdout.write(f"{unsendable:,} more cannot be asked for, such as post office boxes.")

    def write(self, path: Path, state: str, limit: int | None) -> None:
        """In several files if there are more than the service takes in one."""
        sendable = (place for place in lookups.due(census.NAME, state=state) if place.forms.as_sent)
        askings = lookup_files.to_write(census.NAME, islice(sendable, limit))
        for number, start in enumerate(range(0, len(askings), census.MOST_ROWS), start=1):
            part = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            rows = askings[start : start + census.MOST_ROWS]
            with part.open("w", encoding="utf-8", newline="") as file:
                census.write_rows(file, ((asking.row, asking.form) for asking in rows))
            self.stdout.write(f"{len(rows):,} addresses are in {part}.")
        if askings:
            self.stdout.write(
                "Send each where there is internet, and read what comes back by --read-file:\n"
                f"curl -F addressFile=@{path.name} -F benchmark={census.BENCHMARK} {settings.CENSUS_GEOCODER_URL} "
                "-o answers.csv"
            )
        else:
            self.stdout.write("No address is due; no file was written.")

    def read(self, path: Path) -> None:
        with path.open(encoding="utf-8-sig", newline="") as file:
            answers: dict[str, Answer] = {}
            try:
                for answer in census.read_answers(file):
                    answers.setdefault(answer.row, answer)
            except GeocoderUnavailable as error:
                raise CommandError(f"{path} holds no answer of the Census Geocoder; nothing was written.") from error
        with alone():
            outcomes = lookup_files.take_back(census.NAME, answers, day=f"{timezone.localdate():%Y-%m-%d}")
        if not (outcomes.total() - outcomes[lookup_files.NOT_OURS]):
            raise CommandError(f"No answer in {path} is to an address of ours; nothing was written.")
        for outcome, count in sorted(outcomes.items()):
            if count:
                self.stdout.write(f"{outcome:<12} {count:,}")
