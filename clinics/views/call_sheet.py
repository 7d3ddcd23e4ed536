from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from clinics.call_sheet import MOST_CLINICS, qr_code, search_parameters, select_clinics, sheet_query, text_message
from clinics.search.distances import with_distances_from
from clinics.search.filters import asked_place


def clinic_compare(request):
    """The call sheet: a few clinics side by side, to be called one after the other; it fits a printed page."""
    selection, place = select_clinics(request.GET.getlist("id")), asked_place(request)
    clinics, search = selection.clinics, search_parameters(request.GET)
    with_distances_from(clinics, place)
    for clinic in clinics:
        clinic.query_without_it = sheet_query([other for other in clinics if other != clinic], search)
    # The code leads whoever scans the paper to the clinics, and says nothing of where its owner searched.
    address = request.build_absolute_uri(f"{request.path}?{sheet_query(clinics)}")
    context = {
        "clinics": clinics,
        "closed": selection.closed,
        "sentences": selection.sentences,
        "place": place,
        "near": dict(search).get("near", "") if place else "",
        "search_query": sheet_query(clinics, search),
        "has_room": len(clinics) < MOST_CLINICS,
        "today": timezone.localdate(),
        "qr_code": qr_code(address) if clinics else "",
        "text_message": text_message(clinics) if clinics else "",
        "questions": questions(),
    }
    response = render(request, "clinics/clinic_compare.html", context)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "private, max-age=300"
    return response


def questions() -> list[str]:
    """What decides whether a call leads to treatment, in the order in which a desk can answer."""
    return [
        _("Do you take new patients?"),
        _("When is the earliest first visit?"),
        _("Can I start medication at that visit?"),
        _("What does the first visit cost with my insurance, or without any?"),
        _("Do I have to do counseling?"),
        _("What do I bring?"),
    ]
