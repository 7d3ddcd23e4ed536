from django.core.paginator import Paginator
from django.db.models import Count, Min
from django.http import Http404
from django.shortcuts import redirect, render

from clinics.earth import Coordinates
from clinics.models import City, Clinic
from clinics.models.clinic import city_slug
from clinics.search import PAGE_SIZE, with_distances
from clinics.states import state_names

FEW_CLINICS = 5  # a city with fewer also shows the nearest ones around it


def state_list(request):
    """All states and territories with the number of clinics in each."""
    counts = dict(Clinic.objects.listed().order_by().values_list("state").annotate(Count("pk")))
    states = [
        {"code": code, "name": name, "count": counts.get(code, 0)}
        for code, name in state_names().items()
        if counts.get(code)
    ]
    return render(request, "clinics/state_list.html", {"states": states, "total": sum(counts.values())})


def city_list(request, state):
    """The cities of a state that have clinics."""
    code = find_state(state)
    cities = list(
        Clinic.objects.listed()
        .filter(state=code)
        .exclude(city_slug="")
        .order_by("city_slug")
        .values("city_slug")
        .annotate(name=Min("city"), count=Count("pk"))
    )
    context = {
        "code": code,
        "state_name": state_names()[code],
        "cities": cities,
        "total": sum(c["count"] for c in cities),
    }
    return render(request, "clinics/city_list.html", context)


def city_detail(request, state, city):
    """The clinics of one city by name, and around a city with few of them the nearest others."""
    code = find_state(state)
    if not city_slug(city):
        raise Http404
    if city != city_slug(city):
        return redirect("clinics:city_detail", state, city_slug(city), permanent=True)
    known = City.objects.filter(state=code, slug=city).first()
    clinics = Clinic.objects.listed().filter(state=code, city_slug=city).order_by("name", "pk")
    paginator = Paginator(clinics.with_contact_source().defer("position"), PAGE_SIZE)
    if not paginator.count and known is None:
        raise Http404
    page = paginator.get_page(request.GET.get("page"))
    shown = with_distances(list(page.object_list), None)
    around = []
    if known and paginator.count < FEW_CLINICS:
        centre = Coordinates(known.latitude, known.longitude)
        rows = Clinic.objects.listed().near(centre).exclude(state=code, city_slug=city)
        around = with_distances(list(rows.with_contact_source().defer("position")[:FEW_CLINICS]), centre)
    name = known.name if known else shown[0].city
    context = {
        "code": code,
        "state_name": state_names()[code],
        "city_name": name,
        "clinics": shown,
        "page": page,
        "around": around,
    }
    return render(request, "clinics/city_detail.html", context)


def find_state(text: str) -> str:
    """The two letters of a state in lower case, as addresses have it. Raises Http404."""
    if text.upper() not in state_names():
        raise Http404
    return text.upper()
