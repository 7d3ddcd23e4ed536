"""What a search says where little is near: how far the next clinic is, and who treats by telehealth instead."""

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext, ngettext

from clinics.models import Clinic
from clinics.search.distances import Distance
from clinics.states import state_names

FAR_MILES = 100  # the next clinic is announced where it is farther
TELEHEALTH_FIRST_MILES = 50  # where nothing is nearer, telehealth comes before the list
TELEHEALTH_SHOWN = 3


class Gap(NamedTuple):
    """How many programs are near, and how far the next one is."""

    within: int  # FAR_MILES
    next: Distance

    @property
    def sentence(self) -> str:
        values = {"miles": FAR_MILES, "count": self.within, "distance": self.next.about}
        if not self.within:
            return gettext("None is within %(miles)s miles: the nearest is %(distance)s away.") % values
        sentence = ngettext(
            "%(count)s is within %(miles)s miles; the next is %(distance)s away.",
            "%(count)s are within %(miles)s miles; the next is %(distance)s away.",
            self.within,
        )
        return sentence % values


@dataclass(frozen=True)
class Telehealth:
    """Clinics that give medicine and may treat by telehealth in a state: their own, or one that they name."""

    state: str  # two letters
    of_own_state: int
    naming: int  # that name the state, wherever they are
    clinics: list[Clinic]  # the first few, where telehealth comes first; else they are behind a link

    @property
    def count(self) -> int:
        return self.of_own_state + self.naming

    @property
    def state_name(self) -> str:
        return state_names()[self.state]


def gap_in(clinics: list[Clinic]) -> Gap | None:
    """The gap in a list that begins with the nearest; None if none of it is far."""
    distances = sorted((clinic.distance for clinic in clinics if clinic.distance), key=lambda each: each.miles)
    near = [distance for distance in distances if distance.miles <= FAR_MILES]
    return Gap(len(near), distances[len(near)]) if len(near) < len(distances) else None
