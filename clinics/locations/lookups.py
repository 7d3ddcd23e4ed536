"""The queue of addresses for a geocoder, in AddressLookup: what is due, what is under way, what came of it.

An address is asked for as it is stated, and once more in a cleaned form if it was not found (address_forms.py). That a
form is about to be sent is in the database before it is sent, and none is sent more than MOST_TIMES, also if the
process is killed or the answer is lost. An answer that the judge does not believe is kept as refused, and is no point.
Whatever a service writes is cut to its column, without control characters, on its way into it (plain).
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from clinics.imports.normalization import address_of, digest, street_key
from clinics.locations.address_forms import Address, Forms, forms_of
from clinics.locations.answers import Answer
from clinics.locations.judge import is_believable
from clinics.locations.known_places import KnownPlaces
from clinics.locations.placing import place_addresses
from clinics.models import AddressLookup, AddressPoint, Clinic
from clinics.models.points import EXACT, LONGEST_REASON

MOST_TIMES = 2  # that one form of an address is sent
CLINICS_AT_ONCE = 2000
ANSWERS_AT_ONCE = 1000  # in one transaction, which holds the rows of their clinics
FEW = 50  # answers, for which not every place is read
LONGEST_TEXT = 300  # of the columns `sent` and `matched`

Outcome = AddressLookup.Outcome
WRITTEN = ["sent", "outcome", "reason", "matched", "times_asked", "asked_at", "batch"]
UNIQUE = ["geocoder", "zip_code", "address"]
COLUMNS = ("pk", "street", "street_detail", "city", "state", "zip_code")


class Place(NamedTuple):
    """An address of the directory: its key, and how a clinic writes it."""

    zip_code: str
    address: str
    street: str
    street_detail: str
    city: str
    state: str

    @property
    def key(self) -> tuple[str, str]:
        return self.zip_code, self.address

    @property
    def forms(self) -> Forms:
        return forms_of(self.street, self.street_detail, self.city, self.state, self.zip_code)


class Asking(NamedTuple):
    """A lookup under way: what was sent, and of which row of the file the answer will be."""

    lookup: AddressLookup
    place: Place
    form: Address

    @property
    def row(self) -> str:
        """The row of the lookup, and a check that the answer is to what we sent."""
        return f"{self.lookup.pk}-{digest(*self.place.key, *self.form)[:8]}"


def due(geocoder: str, *, state: str = "", clinic_id: int | None = None) -> Iterator[Place]:
    """The addresses that have no point at the street or better and that the geocoder may still be asked for."""
    clinics = _with_address().exclude(point_quality__in=EXACT)
    if state:
        clinics = clinics.filter(state=state)
    if clinic_id is not None:
        clinics = clinics.filter(pk=clinic_id)
    last = 0
    while rows := list(clinics.filter(pk__gt=last).order_by("pk").values_list(*COLUMNS)[:CLINICS_AT_ONCE]):
        places = _places(rows)
        lookups = lookups_at(geocoder, places)
        yield from (place for key, place in places.items() if _is_due(lookups.get(key), place))
        last = rows[-1][0]


def form_to_send(lookup: AddressLookup | None, place: Place) -> Address | None:
    """The form of the address that is asked for next, if any."""
    form = _next_form(lookup, place.forms)
    if form and lookup and lookup.sent == form_text(form) and lookup.times_asked >= MOST_TIMES:
        return None
    return form


def _next_form(lookup: AddressLookup | None, forms: Forms) -> Address | None:
    if lookup is None or not lookup.times_asked:
        return forms.as_sent
    is_cleaned = forms.cleaned is not None and lookup.sent == form_text(forms.cleaned)
    if lookup.outcome == Outcome.WAITING:
        return forms.cleaned if is_cleaned else forms.as_sent
    return forms.cleaned if lookup.outcome in (Outcome.TIE, Outcome.NO_MATCH) and not is_cleaned else None


@transaction.atomic
def take(geocoder: str, places: Iterable[Place], batch: str) -> list[Asking]:
    """Note that these are sent now; returns those that may be. Called before anything leaves.

    An address that no geocoder could place, such as a post office box, is noted as failed, with the reason.
    """
    by_key = {place.key: place for place in places}
    lookups = lookups_at(geocoder, by_key, for_update=True)
    askings, unsendable = [], []
    for key, place in by_key.items():
        lookup = lookups.get(key) or AddressLookup(geocoder=geocoder, zip_code=key[0], address=key[1])
        if form := form_to_send(lookup, place):
            sent = form_text(form)
            lookup.times_asked = lookup.times_asked + 1 if lookup.sent == sent else 1
            lookup.sent, lookup.outcome, lookup.batch, lookup.asked_at = sent, Outcome.SENT, batch, timezone.now()
            askings.append(Asking(lookup, place, form))
        elif not lookup.times_asked:
            lookup.outcome, lookup.reason = Outcome.FAILED, place.forms.reason
            unsendable.append(lookup)
    _write([asking.lookup for asking in askings] + unsendable)
    return askings


def give_back(geocoder: str, reason: str) -> int:
    """What is under way and will get no answer any more is due again, or has failed if it was sent often enough."""
    reason = plain(reason, LONGEST_REASON)
    under_way = AddressLookup.objects.filter(geocoder=geocoder, outcome=Outcome.SENT)
    waiting = under_way.filter(times_asked__lt=MOST_TIMES).update(outcome=Outcome.WAITING, reason=reason)
    return waiting + under_way.update(outcome=Outcome.FAILED, reason=reason)


def settle(askings: Sequence[Asking], answers: Mapping[str, Answer], *, day: str) -> Counter[str]:
    """Write the answers, the points and the clinics at them, at most so many a transaction; returns the outcomes."""
    answered = [(asking, answers[asking.row]) for asking in askings if asking.row in answers]
    outcomes: Counter[str] = Counter()
    places = KnownPlaces.everywhere() if len(answered) > FEW else None
    for start in range(0, len(answered), ANSWERS_AT_ONCE):
        with transaction.atomic():
            outcomes += _settle(answered[start : start + ANSWERS_AT_ONCE], places, day)
    return outcomes


def _settle(answered: Sequence[tuple[Asking, Answer]], places: KnownPlaces | None, day: str) -> Counter[str]:
    points, lookups = [], []
    for (lookup, place, form), answer in answered:
        lookup.sent, lookup.outcome = form_text(form), answer.outcome
        lookup.matched, lookup.reason = answer.matched, answer.reason
        if answer.point and (reason := is_believable(answer.point, place.state, place.zip_code, places)):
            lookup.outcome, lookup.reason = Outcome.REFUSED, reason
        elif answer.point:
            latitude, longitude = answer.point
            points.append(
                AddressPoint(
                    zip_code=place.zip_code,
                    address=place.address,
                    source=lookup.geocoder,
                    as_of=day,
                    quality=answer.quality,
                    latitude=latitude,
                    longitude=longitude,
                )
            )
        lookups.append(lookup)
    _write(lookups)
    AddressPoint.objects.bulk_create(
        points,
        update_conflicts=True,
        unique_fields=["zip_code", "address", "source", "as_of", "directory"],
        update_fields=["quality", "latitude", "longitude"],
    )
    place_addresses([(point.zip_code, point.address) for point in points])
    return Counter(lookup.outcome for lookup in lookups)


def outcomes_since(geocoder: str, moment: datetime) -> dict[str, int]:
    """How many addresses that were asked for since then stand where."""
    lookups = AddressLookup.objects.filter(geocoder=geocoder, asked_at__gte=moment).order_by("outcome")
    return dict(lookups.values_list("outcome").annotate(Count("pk")))


def places_at(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Place]:
    """The addresses of listed clinics among these keys, as a clinic writes them."""
    wanted = set(keys)
    clinics = _with_address().filter(zip_code__in={zip_code for zip_code, _ in wanted}).order_by("pk")
    places = _places(clinics.values_list(*COLUMNS))
    return {key: place for key, place in places.items() if key in wanted}


def _with_address() -> QuerySet[Clinic]:
    return Clinic.objects.listed().filter(is_demo=False).exclude(street="").exclude(zip_code="")


def _places(rows: Iterable[tuple]) -> dict[tuple[str, str], Place]:
    """One a key: of two spellings of an address, that of the older clinic."""
    places: dict[tuple[str, str], Place] = {}
    for _pk, street, street_detail, city, state, zip_code in rows:
        if address := address_of(street_key(street, street_detail)):
            place = Place(zip_code, address, street, street_detail, city, state)
            places.setdefault(place.key, place)
    return places


def is_due(geocoder: str, place: Place) -> bool:
    return _is_due(lookups_at(geocoder, [place.key]).get(place.key), place)


def _is_due(lookup: AddressLookup | None, place: Place) -> bool:
    return lookup is None or form_to_send(lookup, place) is not None


def lookups_at(
    geocoder: str, keys: Collection[tuple[str, str]], *, for_update: bool = False
) -> dict[tuple[str, str], AddressLookup]:
    lookups = AddressLookup.objects.select_for_update() if for_update else AddressLookup.objects.all()
    zip_codes, addresses = {zip_code for zip_code, _ in keys}, {address for _, address in keys}
    found = lookups.filter(geocoder=geocoder, zip_code__in=zip_codes, address__in=addresses).order_by("pk")
    return {(lookup.zip_code, lookup.address): lookup for lookup in found}


def _write(lookups: Sequence[AddressLookup]) -> None:
    for lookup in lookups:
        lookup.reason = plain(lookup.reason, LONGEST_REASON)
        lookup.matched = plain(lookup.matched, LONGEST_TEXT)
    AddressLookup.objects.bulk_create(lookups, update_conflicts=True, unique_fields=UNIQUE, update_fields=WRITTEN)


def form_text(form: Address) -> str:
    return plain(str(form), LONGEST_TEXT)


def plain(text: str, longest: int) -> str:
    """As a column takes it: a NUL or half a character would be refused by the database."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:longest]
