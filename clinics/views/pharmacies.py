"""Where people filled buprenorphine lately, and the form on which a reader says so."""

from datetime import date
from urllib.parse import urlencode

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import View

from clinics.models import Pharmacy
from clinics.models.pharmacies import LATELY_DAYS, READERS_TO_SHOW
from clinics.pharmacies import NEAR_MILES, Found, SaidBy, filled_near, nearest, store_report
from clinics.pharmacy_forms import ReaderFilledForm
from clinics.search.gazetteer import Place
from clinics.views.tonight import asked_near, place_asked
from core.client_ip import client_address
from core.rate_limits import LIMITS, allowed

# Guadamuz et al.: pharmacies that sold it at least once in each month of the year (docs/rules.md).
STUDY = {"share": 39, "year": 2023, "published": date(2025, 9, 2)}
CHOICES = 12  # pharmacies that a reader is offered by name


def pharmacy_list(request):
    """The list of a place; without one that we understand, what to ask in any pharmacy."""
    asked = request.GET.get("near", "").strip()
    filters = asked_near(asked)
    found = filled_near(filters.place) if filters.place else Found([])
    rule = {"near_miles": NEAR_MILES, "days": LATELY_DAYS, "readers": READERS_TO_SHOW}
    context = place_asked(filters, asked) | {"found": found, "study": STUDY} | rule
    response = render(request, "clinics/pharmacy_list.html", context)
    if asked:
        response["X-Robots-Tag"] = "noindex"
    return response


class PharmacyReportView(View):
    """A reader says which pharmacy filled it, and when. Nothing of the place that they searched is stored."""

    def get(self, request):
        near = request.GET.get("near", "").strip()
        return self.show(request, ReaderFilledForm(known=known_near(near), initial={"near": near}), near)

    def post(self, request):
        near = request.POST.get("near", "").strip()
        form = ReaderFilledForm(request.POST, known=known_near(near))
        if not form.is_valid():
            return self.show(request, form, near, status=422)
        if not allowed(request, "report"):
            sentence = _("%(count)d reports came from here today. Please send this one tomorrow.")
            form.add_error(None, sentence % {"count": LIMITS["report"].most})
            return self.show(request, form, near, status=429)
        report = store_report(form.cleaned_data, SaidBy.READER, sender=client_address(request))
        query = urlencode({"near": near if place_of(near) else report.pharmacy.zip_code})
        return redirect(f"{reverse('clinics:pharmacy_report_thanks')}?{query}")

    def show(self, request, form, near, status=200):
        context = {"form": form, "near": near if place_of(near) else "", "days": LATELY_DAYS}
        response = render(request, "clinics/pharmacy_report.html", context, status=status)
        response["Cache-Control"] = "no-store"
        return response


def pharmacy_report_thanks(request):
    near = request.GET.get("near", "").strip()
    response = render(request, "clinics/pharmacy_report_thanks.html", {"near": near if place_of(near) else ""})
    response["Cache-Control"] = "no-store"
    return response


def place_of(near: str) -> Place | None:
    return asked_near(near).place


def known_near(near: str) -> list[Pharmacy]:
    place = place_of(near)
    found = nearest(Pharmacy.objects.shown(), place) if place else []
    return [pharmacy for pharmacy in found if pharmacy.distance.miles <= NEAR_MILES][:CHOICES]
