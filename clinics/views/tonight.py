"""What is possible tonight, rung by rung: clinics, telehealth, emergency departments, lines, and what keeps alive."""

from dataclasses import dataclass

from django.http import QueryDict
from django.shortcuts import render

from clinics import rules
from clinics.closings import closed_text
from clinics.hospitals import nearest_to
from clinics.models import Clinic, Hospital, StateLine
from clinics.search import treats
from clinics.search.filters import ClinicFilter
from clinics.search.results import Search
from clinics.search.rows import SaidAbove
from clinics.state_lines import lines_of
from clinics.states import state_names

SHOWN, LOOKED_AT = 3, 20  # clinics of a rung
NEAR_MILES = 100  # farther away, a clinic that is open now is of no use tonight
FARTHEST_MILES = 300  # of those whom somebody may call for the next days
OF_EMERGENCY = (rules.OF_THREE_DAYS, "no-waiver", "emergency-care")
IF_USED_TODAY = ("naloxone-without-a-prescription", "buprenorphine-too-soon", "do-not-mix")


@dataclass(frozen=True)
class Ladder:
    """The rungs of a place; of nowhere, those that hold everywhere."""

    open_now: list[Clinic]
    walk_in: list[Clinic]
    nearest: list[Clinic]  # of the others
    telehealth: list[Clinic]
    hospitals: list[Hospital]
    lines: list[StateLine]

    @property
    def clinics(self) -> list[Clinic]:
        return [*self.open_now, *self.walk_in, *self.nearest, *self.telehealth]


def tonight(request):
    """The ladder; without a place that we understand, with the field for one and a sentence."""
    asked = request.GET.get("near", "").strip()
    filters = asked_near(asked)
    search = Search(filters, rows_only=True) if filters.place else None
    place = search.place if search else None
    ladder = ladder_of(search) if search else None
    context = place_asked(filters, asked) | {
        "state_name": state_names().get(place.state, "") if place else "",
        "ladder": ladder,
        "said": SaidAbove.of(ladder.clinics) if ladder else SaidAbove(),
        "of_emergency": OF_EMERGENCY,
        "of_telehealth": rules.OF_TELEHEALTH,
        "if_used_today": IF_USED_TODAY,
    }
    response = render(request, "clinics/tonight.html", context)
    if asked:
        response["X-Robots-Tag"] = "noindex"
    return response


def asked_near(near: str, **others: str) -> ClinicFilter:
    """The search of a place alone: a rung has no filters of the reader's."""
    query = QueryDict(mutable=True)
    query.update({"near": near} | others)
    return ClinicFilter(query)


def place_asked(filters: ClinicFilter, asked: str) -> dict[str, object]:
    """What a page about one place says of it, and of what was typed (clinics/_asked_place.html)."""
    place, typed = filters.place, filters.typed
    return {
        "near": asked if place else "",
        "typed": asked,
        "problem": next(iter(filters.form.errors.get("near", [])), "") if asked else "",
        "choices": typed.choices if typed and not place else (),
        "notes": typed.notes if typed else (),
        "place": place,
    }


def ladder_of(search: Search) -> Ladder:
    place, near = search.place, search.filters.data["near"]
    open_now, walk_in = (near_with(near, access) for access in ("open-now", "walk-in"))
    told = {clinic.pk for clinic in open_now}
    walk_in = [clinic for clinic in walk_in if clinic.pk not in told]
    told |= {clinic.pk for clinic in walk_in}
    others = [clinic for clinic in search.results or search.beyond if clinic.pk not in told]
    reachable = [clinic for clinic in others if (clinic.distance_miles or 0) <= FARTHEST_MILES]
    nearest = first_of(reachable or others[:1])
    told |= {clinic.pk for clinic in nearest}
    by_telehealth = search.by_telehealth(LOOKED_AT)
    return Ladder(
        open_now=open_now,
        walk_in=walk_in,
        nearest=nearest,
        # Whom the first step told is not told again, unless there is nobody else.
        telehealth=first_of([clinic for clinic in by_telehealth if clinic.pk not in told] or by_telehealth),
        hospitals=nearest_to(place.coordinates) if place.measured_from else [],
        lines=lines_of(place.state),
    )


def near_with(near: str, access: str) -> list[Clinic]:
    """The nearest clinics that say so of themselves and may take somebody, as far as one can go tonight."""
    found = Search(asked_near(near, access=access, radius=str(NEAR_MILES)), rows_only=True).results
    return first_of([clinic for clinic in found if takes(clinic)])


def first_of(clinics: list[Clinic]) -> list[Clinic]:
    """The first few with a medicine against withdrawal, those that take nobody now last: a rung is for tonight."""
    helping = [clinic for clinic in clinics if treats.eases_withdrawal(clinic.treatment_bits)]
    return sorted(helping, key=lambda clinic: not takes(clinic))[:SHOWN]


def takes(clinic: Clinic) -> bool:
    """Whether it says neither that it takes no new patients, nor that it is closed today."""
    return clinic.as_known.accepting_new_patients is not False and not closed_text(clinic)
