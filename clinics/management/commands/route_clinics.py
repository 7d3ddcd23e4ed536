import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from clinics.locations.roads import Routed, forget_states, route_state, states_on_the_map, survey
from clinics.locations.router import RoadMap, RoadsUnavailable, check_environment
from core.locks import advisory_lock

LOCK = 2_017_060
LOCK_WAIT_SECONDS = 2


class Command(BaseCommand):
    help = "Works out minutes by car from ZIP codes to the clinics near them, over an OpenStreetMap extract."

    def add_arguments(self, parser):
        parser.add_argument("--extract", type=Path, required=True, metavar="FILE", help="roads: a file .osm.pbf")
        parser.add_argument(
            "--state", action="append", default=[], metavar="NY", help="may be repeated; else all that the file covers"
        )

    def handle(self, *, extract, state, **options):
        states = [name.upper() for name in state] or states_on_the_map()
        if unknown := sorted(set(states) - set(states_on_the_map())):
            raise CommandError(f"We know no ZIP code of {', '.join(unknown)}. Name a state by its two letters: NY.")
        with advisory_lock(LOCK, wait_seconds=LOCK_WAIT_SECONDS) as is_ours:
            if not is_ours:
                raise CommandError("This job is running already.")
            try:
                self.route(extract, states, is_asked_for=bool(state))
            except RoadsUnavailable as error:
                raise CommandError(str(error)) from error

    def route(self, extract: Path, states: list[str], *, is_asked_for: bool) -> None:
        check_environment()
        roads = RoadMap(extract)
        if not roads.is_made:
            self.stderr.write(f"Making a map of the roads of {extract.name}, once. A state takes minutes.")
            roads.make()
        surveyed = survey(roads, states)
        left_out = [routed for routed in surveyed if not routed.is_covered]
        if is_asked_for and left_out:
            [routed, *_] = left_out
            raise CommandError(
                f"{extract} has roads near only {routed.on_a_road:,} of the {routed.zip_codes:,} ZIP codes of"
                f" {routed.state}: it is the extract of another place. Nothing was changed."
            )
        if len(left_out) == len(states):
            raise CommandError(f"{extract} covers no state: it has no roads near most ZIP codes of each.")
        for routed in surveyed:
            if routed.is_covered:
                self.route_one(roads, routed)
                self.stdout.write(sentence_of(routed))
        forget_states(roads, states)
        if left_out:
            self.stdout.write(f"Not in the extract, so unchanged: {', '.join(routed.state for routed in left_out)}.")
        self.stdout.write(f"Roads of {roads.as_of}, © OpenStreetMap contributors (ODbL).")

    def route_one(self, roads: RoadMap, routed: Routed) -> None:
        name, is_quiet = routed.state, not sys.stderr.isatty()
        with tqdm(desc=name, unit=" ZIP codes", file=sys.stderr, leave=False, disable=is_quiet) as bar:

            def show(done: int, total: int) -> None:
                bar.total, bar.n = total, done
                bar.refresh()

            route_state(roads, routed, show)


def sentence_of(routed: Routed) -> str:
    counts = f"{routed.zip_codes:,} ZIP codes, {routed.drives:,} drives, {routed.changed:,} rows changed"
    parts = [f"{routed.state}: {counts}"]
    if without := routed.zip_codes - routed.on_a_road:
        parts.append(f"without a road near: {without:,}")
    if routed.done_before:
        parts.append(f"done by an earlier run, which was ended: {routed.done_before:,}")
    return "; ".join(parts) + "."
