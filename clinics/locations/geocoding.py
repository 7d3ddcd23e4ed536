"""Asks the geocoder of settings.GEOCODER for the addresses that are due: after an import, nightly, by a command.

One run at a time, a batch at once, with pauses. A run may be killed at any moment: the next one goes on (lookups.py).
Before the first batch, and after one that went wrong, an address that everybody knows is asked for: if the geocoder is
out of order, none of ours is used up. Never in a web request.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from clinics.imports.normalization import address_of, street_key
from clinics.locations import census, geocoder, gridpin_sheet, lookups
from clinics.locations.address_forms import Address
from clinics.locations.answers import Answer, Geocoder, GeocoderUnavailable
from clinics.locations.lookups import Place
from clinics.models.points import AddressLookup
from core.locks import advisory_lock

LOCK = 0x67656F63  # "geoc"
LOCK_SECONDS = 5  # a server notices only after a moment that a killed run is gone
JOB_SECONDS = 2700  # then a job ends and another goes on: less than Q_CLUSTER allows
PAUSES_BEFORE_GIVING_UP = (1, 5, 25)  # in pauses of the geocoder
PROBE = "probe", Address("4600 Silver Hill Rd", "Washington", "DC", "20233")  # the Census Bureau itself
INTERRUPTED = "the run was interrupted before its answer came"
NO_LINE = "the answer had no line for it"
TIME_IS_UP = "The time of one job is up."
HOW_TO_SWITCH_ON = (
    "GEOCODER is not set, so nobody was asked. GEOCODER=census asks the US Census Geocoder, free and without a key, "
    "and is sent the addresses of clinics and nothing else (docs/geocoding.md)."
)


Outcome = AddressLookup.Outcome


class GeocodingBusy(Exception):  # noqa: N818 - named for what happened
    """Another run is at work."""


@dataclass
class Report:
    """What a run asked for, and where these addresses stand now."""

    asked: int = 0  # an address that is asked for twice counts twice
    outcomes: dict[str, int] = field(default_factory=dict)
    stopped: str = ""  # why it ended before everything was asked for

    def __str__(self):
        labels = dict(Outcome.choices) | {Outcome.WAITING.value: "to be asked for again"}
        counts = [f"{count:,} {labels[outcome]}" for outcome, count in sorted(self.outcomes.items())]
        return " ".join(filter(None, [f"{', '.join(counts) or 'Nothing was due'}.", self.stopped]))


def chosen() -> Geocoder:
    """The geocoder of settings.GEOCODER. Raises GeocoderUnavailable if none is set, or one that nobody knows."""
    if not settings.GEOCODER:
        raise GeocoderUnavailable(HOW_TO_SWITCH_ON)
    known = {census.NAME: census.service, gridpin_sheet.NAME: gridpin_sheet.service}
    return known.get(settings.GEOCODER, geocoder.service)()


@contextmanager
def alone() -> Iterator[None]:
    """While no other run asks for addresses or reads a file of answers. Raises GeocodingBusy."""
    with advisory_lock(LOCK, wait_seconds=LOCK_SECONDS) as is_held:
        if not is_held:
            raise GeocodingBusy("Another run is at work on addresses; this one was not begun.")
        yield


def geocode(
    *,
    state: str = "",
    clinic_id: int | None = None,
    limit: int | None = None,
    seconds: float | None = None,
    on_batch: Callable[[int], object] = lambda count: None,
) -> Report:
    """Ask for what is due, of all clinics or of some, at most `limit` addresses, for about `seconds`.

    Raises GeocodingBusy, or GeocoderUnavailable if no geocoder is set.
    """
    service = chosen()
    with alone():
        started = timezone.now()
        lookups.give_back(service.name, INTERRUPTED)
        run = _Run(service, limit, None if seconds is None else time.monotonic() + seconds, on_batch)
        while run.is_going_on:
            before = run.report.asked
            run.ask_all(lookups.due(service.name, state=state, clinic_id=clinic_id))
            if run.report.asked == before:
                break
        run.report.outcomes = lookups.outcomes_since(service.name, started)
        return run.report


# Jobs


def geocode_due() -> str:
    """Ask for everything that is due. Raises GeocoderUnavailable if the geocoder failed, so that it is tried again."""
    if not settings.GEOCODER:
        return "GEOCODER is not set."
    return _job(None)


def look_up_typed(street: str, street_detail: str, city: str, state: str, zip_code: str) -> str:
    """Ask for an address that somebody typed, for which there may be no clinic yet."""
    address = address_of(street_key(street, street_detail))
    if not (settings.GEOCODER and address):
        return "Nothing was asked."
    place = Place(zip_code, address, street, street_detail, city, state)
    try:
        service = chosen()
        with alone():
            run = _Run(service, 1, None, lambda count: None)
            run.ask_all(place for _ in range(1) if lookups.is_due(service.name, place))
    except GeocodingBusy as error:
        return str(error)
    return str(run.report)


def geocode_clinic(clinic_id: int) -> str:
    """Ask for the address of one clinic. If another run is at work, that one or the next asks for it."""
    return _job(clinic_id)


def enqueue_typed(street: str, street_detail: str, city: str, state: str, zip_code: str) -> None:
    """After the commit ask for a typed address, if there is a geocoder."""
    if settings.GEOCODER:
        transaction.on_commit(lambda: _queue("look_up_typed", street, street_detail, city, state, zip_code))


def enqueue(clinic_id: int | None = None) -> None:
    """After the commit ask for the address of a clinic, or for all that is due, if there is a geocoder."""
    if not settings.GEOCODER:
        return
    arguments = ("geocode_due",) if clinic_id is None else ("geocode_clinic", clinic_id)
    transaction.on_commit(lambda: _queue(*arguments))


def _queue(name: str, *arguments: int | str) -> None:
    async_task(f"{__name__}.{name}", *arguments, ack_failure=False)  # one that fails is tried again


def _job(clinic_id: int | None) -> str:
    try:
        report = geocode(clinic_id=clinic_id, seconds=JOB_SECONDS)
    except GeocodingBusy as error:
        return str(error)
    if report.stopped == TIME_IS_UP:
        _queue("geocode_due")
    elif report.stopped:
        raise GeocoderUnavailable(str(report))
    return str(report)


class _Run:
    def __init__(
        self, service: Geocoder, limit: int | None, until: float | None, on_batch: Callable[[int], object]
    ) -> None:
        self.service, self.limit, self.until, self.on_batch = service, limit, until, on_batch
        self.report, self.is_first = Report(), True
        self.is_answering = service.batch_size == 1  # then asking whether it is there costs as much as asking

    @property
    def is_going_on(self) -> bool:
        return not self.report.stopped and self.left > 0

    @property
    def left(self) -> int:
        return self.service.batch_size if self.limit is None else self.limit - self.report.asked

    def ask_all(self, places: Iterable[Place]) -> None:
        """One batch after the other, until there is none, or something says stop."""
        waiting = iter(places)
        while self.is_going_on and (batch := list(islice(waiting, min(self.left, self.service.batch_size)))):
            if self.until is not None and time.monotonic() > self.until:
                self.report.stopped = TIME_IS_UP
            elif self.is_answering or self._answers_again():
                self._ask(batch)

    def _ask(self, places: list[Place]) -> None:
        self._pause()
        now = timezone.now()
        askings = lookups.take(self.service.name, places, f"{now:%Y-%m-%d %H:%M:%S.%f}")
        if not askings:
            return
        answers: dict[str, Answer] = {}
        missing_because = NO_LINE
        try:
            for answer in self.service.ask([(asking.row, asking.form) for asking in askings]):
                answers.setdefault(answer.row, answer)
        except GeocoderUnavailable as error:
            missing_because = str(error)
        settled = lookups.settle(askings, answers, day=f"{timezone.localdate():%Y-%m-%d}")
        self.report.asked += len(askings)
        if settled.total() < len(askings):
            lookups.give_back(self.service.name, missing_because)
            self.is_answering = False
        self.on_batch(len(askings))

    def _answers_again(self) -> bool:
        """Ask for the probe, with longer and longer pauses in between; if it is in vain, the run stops."""
        reason = ""
        for pauses in (0, *PAUSES_BEFORE_GIVING_UP):
            time.sleep(pauses * self.service.pause_seconds)
            try:
                self.is_answering = any(answer.row == PROBE[0] for answer in self.service.ask([PROBE]))
            except GeocoderUnavailable as error:
                reason = str(error)
            if self.is_answering:
                return True
        self.report.stopped = f"{reason or NO_LINE.capitalize()} What is due stays due."
        return False

    def _pause(self) -> None:
        if not self.is_first:
            time.sleep(self.service.pause_seconds)
        self.is_first = False
