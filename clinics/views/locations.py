from django.core.paginator import Page, Paginator
from django.db import connections, router
from django.db.models import Count, Min, Q
from django.http import Http404
from django.shortcuts import redirect, render

from clinics.geo import Coordinates
from clinics.models import City, Clinic
from clinics.models.clinic import city_slug
from clinics.models.expressions import HasAnyBit
from clinics.search import facets, treats
from clinics.search.counts import FacetCounts, count_facets
from clinics.search.distances import with_distances
from clinics.search.parts import search_from
from clinics.search.queries import Criteria, all_by_telehealth, count_by_telehealth, matching
from clinics.search.results import PAGE_SIZE, all_columns
from clinics.states import neighbors_of, state_names

FEW_CLINICS = 5  # a city with fewer also shows the nearest ones around it
CLINICS_AROUND, PLACES_AROUND = 60, 8  # the nearest others, and how many of their cities are named

# What most people ask of a place before they choose one in it.
FIGURES = [facets.VALUES[key] for key in ("medication/buprenorphine", "medication/methadone", "payment/medicaid")]


def state_list(request):
    """All states and territories with the number of clinics in each."""
    counts = count_facets(Clinic.objects.listed().with_availability(), {})
    context = {
        "states": clinics_by_state(Clinic.objects.listed().treating()),
        "counts": counts,
        "total": counts.total,
        "figures": figures(counts),
    }
    return render(request, "clinics/state_list.html", context)


def clinics_by_state(clinics) -> list[dict]:
    """[{code, name, count}] of the states and territories that have any of `clinics`, by name."""
    counts = dict(clinics.order_by().values_list("state").annotate(Count("pk")))
    return [
        {"code": code, "name": name, "count": counts[code]} for code, name in state_names().items() if code in counts
    ]


def figures(counts) -> list[tuple[facets.FacetValue, int]]:
    return [(value, counts.by_value[value.key]) for value in FIGURES]


def city_list(request, state):
    """The cities of a state that have clinics, those where none says that it gives medicine apart."""
    code = find_state(state)
    clinics = Clinic.objects.listed().filter(state=code)
    gives_medicine = Q(HasAnyBit("treatment_bits", treats.BITS[treats.MEDICINE]))
    cities = list(
        clinics.treating(treats.OPIOIDS)
        .exclude(city_slug="")
        .order_by("city_slug")
        .values("city_slug")
        .annotate(name=Min("city"), count=Count("pk", filter=gives_medicine), all=Count("pk"))
    )
    counts = count_facets(clinics.with_availability(), {})
    context = {
        "code": code,
        "state_name": state_names()[code],
        "cities": [city for city in cities if city["count"]],
        "silent_cities": [city for city in cities if not city["count"]],
        "counts": counts,
        "total": counts.total,
        "figures": figures(counts),
        "neighbors": [(other, state_names()[other]) for other in neighbors_of(code)],
    }
    return render(request, "clinics/city_list.html", context)


def telehealth_list(request, state):
    """Who may treat people of a state by phone or video: those who say so, then those who only stand there."""
    code = find_state(state)
    with connections[router.db_for_read(Clinic)].cursor() as cursor:
        cursor.execute(*count_by_telehealth(code))
        total = sum(cursor.fetchone())
    page = Paginator(range(total), PAGE_SIZE).get_page(request.GET.get("page"))
    clinics: list[Clinic] = []
    if total:
        clinics = list(Clinic.objects.raw(*all_by_telehealth(code, all_columns(), PAGE_SIZE, page.start_index() - 1)))
    context = {
        "code": code,
        "state_name": state_names()[code],
        "total": total,
        "page": page,
        "clinics": clinics,
        "saying": [clinic for clinic in clinics if says_it_treats_in(clinic, code)],
        "standing": [clinic for clinic in clinics if not says_it_treats_in(clinic, code)],
    }
    return render(request, "clinics/telehealth_list.html", context)


def says_it_treats_in(clinic: Clinic, state: str) -> bool:
    """Whether it names the state itself, and not too long ago."""
    return state in (clinic.telehealth_states or ()) and not clinic.availability_is_unknown


def city_detail(request, state, city):
    """The clinics of one city by name, the cities around it, and around one with few clinics the nearest others.

    The parameter `treats` is that of a search.
    """
    code = find_state(state)
    if not city_slug(city):
        raise Http404
    if city != city_slug(city):
        return redirect("clinics:city_detail", state, city_slug(city), permanent=True)
    known = City.objects.filter(state=code, slug=city).first()
    everyone = Clinic.objects.listed().filter(state=code, city_slug=city).order_by("name", "pk")
    about = treats.asked_for(request.GET)
    counts = count_facets(everyone.with_availability(), {}, about)
    if not counts.by_treats[treats.ANY] and known is None:
        raise Http404
    page = Paginator(range(counts.places), PAGE_SIZE).get_page(request.GET.get("page"))
    shown = clinics_of_page(Criteria(whole_state=code, city_slug=city, treats=about), page, counts)
    around = nearest_elsewhere(known, code, city) if known else []
    city_name = known.name if known else (shown or everyone)[0].city
    context = {
        "code": code,
        "state_name": state_names()[code],
        "city_name": city_name,
        "label": f"{city_name}, {code}",
        "clinics": shown,
        "page": page,
        "treats": about,
        "counts": counts,
        "search_from": search_from(request.GET),
        "total": counts.total,
        "figures": figures(counts),
        "around": around[:FEW_CLINICS] if counts.total < FEW_CLINICS else [],
        "places_around": places_of(around),
    }
    return render(request, "clinics/city_detail.html", context)


def clinics_of_page(criteria: Criteria, page: Page, counts: FacetCounts) -> list[Clinic]:
    """Those of the entries of a page, by name, place by place."""
    if not counts.places:
        return []
    repeats = counts.total - counts.places
    query = matching(criteria, all_columns(), None, page.end_index(), page.start_index() - 1, repeats=repeats)
    return list(Clinic.objects.raw(*query))


def nearest_elsewhere(known: City, state: str, slug: str) -> list[Clinic]:
    """The clinics nearest to the middle of a city that are in another one, each with its `distance` from it."""
    centre = Coordinates(known.latitude, known.longitude)
    rows = Clinic.objects.listed().treating().exclude(state=state, city_slug=slug).nearest(centre, CLINICS_AROUND)
    return with_distances(
        list(rows.with_contact_source().with_phone_shared_by().with_closings().defer("position")), centre
    )


def places_of(clinics: list[Clinic]) -> list[Clinic]:
    """The nearest clinic of each city that has a page, as the city's stand-in."""
    nearest: dict[tuple[str, str], Clinic] = {}
    for clinic in clinics:
        if clinic.city_slug:
            nearest.setdefault((clinic.state, clinic.city_slug), clinic)
    return list(nearest.values())[:PLACES_AROUND]


def find_state(text: str) -> str:
    """The two letters of a state in lower case, as addresses have it. Raises Http404."""
    if text.upper() not in state_names():
        raise Http404
    return text.upper()
