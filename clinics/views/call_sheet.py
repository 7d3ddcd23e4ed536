from django.shortcuts import render
from django.utils import timezone

from clinics.call_sheet import MOST_CLINICS, search_parameters, select_clinics, sheet_of, sheet_query
from clinics.questions.on_the_phone import OF_A_SHEET, questions
from clinics.search.distances import roads_as_of, with_distances_from
from clinics.search.filters import asked_place
from clinics.take_along import qr_code, take_along


def clinic_compare(request):
    """The call sheet: a few clinics side by side, to be called one after the other; it fits a printed page."""
    place = asked_place(request)
    selection = select_clinics(request.GET.getlist("id"), place.journeys_from if place else "")
    clinics, search = selection.clinics, search_parameters(request.GET)
    with_distances_from(clinics, place)
    # What leads others to the clinics says nothing of where the owner of the sheet searched.
    address = request.build_absolute_uri(f"{request.path}?{sheet_query(clinics)}")
    context = {
        "sheet": sheet_of(clinics, search),
        "closed": selection.closed,
        "sentences": selection.sentences,
        "place": place,
        "roads_as_of": roads_as_of(clinics),
        "near": dict(search).get("near", "") if place else "",
        "search_query": sheet_query(clinics, search),
        "has_room": len(clinics) < MOST_CLINICS,
        "today": timezone.localdate(),
        "qr_code": qr_code(address) if clinics else "",
        "take": take_along(clinics, address),
        "questions": questions(OF_A_SHEET),
    }
    response = render(request, "clinics/clinic_compare.html", context)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, max-age=300"
    return response
