"""Addresses on their way through a machine that has internet: the file goes there, and its answer comes back, by hand.

What is written counts as sent only when its answer is read: nobody knows before whether it was.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from django.utils import timezone

from clinics.locations.answers import Answer
from clinics.locations.lookups import Asking, Place, form_text, form_to_send, lookups_at, places_at, settle
from clinics.models import AddressLookup

NOT_OURS, KNOWN = "not an address of ours", "known already"
ROWS_AT_ONCE = 500
LONGEST_NUMBER = 18  # digits of a key
FOUND = (AddressLookup.Outcome.MATCH, AddressLookup.Outcome.REFUSED)


def to_write(geocoder: str, places: Iterable[Place]) -> list[Asking]:
    """What would be sent now, with a row each."""
    by_key = {place.key: place for place in places}
    new = [AddressLookup(geocoder=geocoder, zip_code=zip_code, address=address) for zip_code, address in by_key]
    AddressLookup.objects.bulk_create(new, ignore_conflicts=True)
    forms = [
        (lookup, by_key[key], form_to_send(lookup, by_key[key]))
        for key, lookup in lookups_at(geocoder, by_key).items()
        if key in by_key
    ]
    return [Asking(lookup, place, form) for lookup, place, form in forms if form]


def take_back(geocoder: str, answers: Mapping[str, Answer], *, day: str) -> Counter[str]:
    """Settle the answers to files that were written here. A file that is read again changes nothing."""
    outcomes: Counter[str] = Counter()
    rows = list(answers)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        ours = [asking for asking in _askings(geocoder, some) if asking.row in answers]
        new = [asking for asking in ours if _is_news(asking)]
        outcomes += Counter({NOT_OURS: len(some) - len(ours), KNOWN: len(ours) - len(new)})
        for lookup, _, form in new:
            lookup.times_asked = max(lookup.times_asked, 1) if lookup.sent == form_text(form) else 1
            lookup.asked_at = timezone.now()
        outcomes += settle(new, answers, day=day)
    return outcomes


def _askings(geocoder: str, rows: Iterable[str]) -> Iterator[Asking]:
    """Both forms of every address that a row may be the answer to; that the row is theirs is for the caller to see."""
    starts = (row.partition("-")[0] for row in rows)
    numbers = [int(number) for number in starts if number.isdecimal() and len(number) <= LONGEST_NUMBER]
    lookups = AddressLookup.objects.filter(geocoder=geocoder, pk__in=numbers)
    places = places_at([(lookup.zip_code, lookup.address) for lookup in lookups])
    for lookup in lookups:
        if place := places.get((lookup.zip_code, lookup.address)):
            yield from (Asking(lookup, place, form) for form in (place.forms.as_sent, place.forms.cleaned) if form)


def _is_news(asking: Asking) -> bool:
    """Whether the answer is to the form that is next, not to one that was answered before."""
    return asking.lookup.outcome not in FOUND and form_to_send(asking.lookup, asking.place) == asking.form
