"""The entries of a list: a place with its programs, those of one organization at one address.

The database orders and pages by entry (clinics/search/queries.py): programs of one place come one after another. A
clinic without a street is an entry of its own. Counts are of programs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from clinics.models import Clinic


@dataclass(frozen=True)
class Entry:
    clinics: list[Clinic]  # at least one; the first leads it

    @property
    def lead(self) -> Clinic:
        return self.clinics[0]


def entries_of(clinics: Iterable[Clinic]) -> list[Entry]:
    """The clinics of a list by place; those of one place come one after another."""
    return [Entry(list(programs)) for _place, programs in groupby(clinics, key=place_of)]


def place_of(clinic: Clinic) -> int:
    """The same of the programs of one place."""
    return -clinic.pk if clinic.place_key is None else clinic.place_key
