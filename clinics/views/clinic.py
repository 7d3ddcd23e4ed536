from django.db.models import BigIntegerField
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import View

from clinics.answers import answers_of
from clinics.call_sheet import search_query
from clinics.clinic_maps import map_of_clinic
from clinics.closings import OF_GUEST_DOSING, closed_text, doses_text, holiday_text, notice_text
from clinics.directions import directions_to
from clinics.forms import CorrectionForm
from clinics.models import Clinic, ClinicViews, Correction
from clinics.offers import offers_of
from clinics.search.distances import roads_as_of, with_distances, with_distances_from
from clinics.search.filters import ClinicFilter
from clinics.search.neighbors import Neighbors, neighbors_of
from clinics.search.rows import is_doubtful
from clinics.search.statements import denial
from clinics.take_along import qr_image
from clinics.verification.reports import store_report
from core.client_ip import client_address
from core.rate_limits import LIMITS, allowed

FOLLOW_KEY_LENGTH = 22
NEARBY = 3
SHOWN_CHANGES = ("phone", "is_listed", "closed_on")  # what readers see of a clinic's history
MOST_CHANGES = 10


class ClinicPage(View):
    """A page of one clinic at /clinics/ID/SLUG/…; an old slug redirects to the current one."""

    url_name = ""

    def dispatch(self, request, pk, slug):
        self.clinic = self.find(request, pk)
        # A clinic that was merged into another, or has a new name, keeps its old addresses.
        if slug != self.clinic.slug or pk != self.clinic.pk:
            address = reverse(self.url_name, args=[self.clinic.pk, self.clinic.slug])
            query = request.META.get("QUERY_STRING", "")
            return redirect(f"{address}?{query}" if query else address, permanent=True)
        return super().dispatch(request)

    def find(self, request, pk: int) -> Clinic:
        return find_clinic(pk)


def find_clinic(pk: int, journeys_from: str = "") -> Clinic:
    """The clinic that readers may see at this number: listed, closed, or what it was merged into. Raises Http404.

    `journeys_from`: the ZIP code from which obstacles on the way are told.
    """
    clinics = Clinic.objects.with_phone_shared_by().with_journey_from(journeys_from).with_closings().defer("position")
    clinic = clinics.filter(pk=min(pk, BigIntegerField.MAX_BIGINT)).first()
    if clinic is not None and clinic.merged_into_id:
        clinic = clinics.get(pk=clinic.merged_into_id)
    if clinic is None or not (clinic.is_listed or clinic.closed_on):
        raise Http404
    return clinic


class ClinicDetailView(ClinicPage):
    url_name = "clinics:clinic_detail"

    def find(self, request, pk):
        # The search that led here, which only the address carries.
        self.search = ClinicFilter(request.GET) if request.GET.get("near") else None
        self.place = self.search.place if self.search else None
        return find_clinic(pk, self.place.journeys_from if self.place else "")

    def get(self, request):
        clinic = self.clinic
        with_distances_from([clinic], self.place)
        response = render(request, "clinics/clinic_detail.html", self.facts() | self.ways_on())
        if request.method == "GET" and not clinic.closed_on:
            ClinicViews.add_one(clinic)
        return response

    def facts(self) -> dict:
        """What the clinic states, and who says so."""
        clinic, refusal = self.clinic, denial(self.clinic)
        confirmations = {confirmation.fact_group: confirmation for confirmation in clinic.confirmations.all()}
        offers = offers_of(clinic)
        url = self.request.build_absolute_uri(clinic.get_absolute_url())
        return {
            "clinic": clinic,
            "confirmations": confirmations,
            "offers": offers,
            "answers": answers_of(clinic, offers, confirmations),
            "denial": refusal,
            "dispute": clinic.import_differences.disputed_denials().first() if refusal else None,
            "is_quiet": is_doubtful(clinic),
            "closings": closings_of(clinic),
            "gives_doses": bool(doses_text(clinic)),
            "of_guest_dosing": OF_GUEST_DOSING,
            "practitioners": clinic.practitioners.filter(license_expires_on__gte=timezone.localdate()),
            "photos": clinic.photos.shown() if clinic.is_featured else [],
            "credentials": clinic.evidence.current(),
            "changes": clinic.fact_changes.filter(field__in=SHOWN_CHANGES)[:MOST_CHANGES],
            "json_ld": None if refusal else json_ld(clinic, url),
        }

    def ways_on(self) -> dict:
        """There, back to the list, and to others."""
        clinic, place = self.clinic, self.place
        cannot_help = clinic.closed_on or clinic.closure_now or denial(clinic)
        return {
            "place": place,
            "filled_near": self.request.GET["near"] if place else clinic.zip_code,
            "place_label": (place.close_to or place.zip_code or place.name) if place else "",
            "search_query": search_query(self.request.GET) if place else "",
            "neighbors": neighbors_of(clinic, self.search) if self.search and place else Neighbors(),
            "nearby": nearest_that_help(clinic) if cannot_help else [],
            "directions": None if clinic.closed_on else directions_to(clinic),
            "roads_as_of": roads_as_of([clinic]),
            "map": None if clinic.closed_on else map_of_clinic(clinic, always=False),
        }


class CodeView(ClinicPage):
    """The QR code of a clinic's page: an image of its own, drawn for whoever opens it."""

    url_name = "clinics:clinic_code"

    def get(self, request):
        address = request.build_absolute_uri(self.clinic.get_absolute_url())
        return HttpResponse(qr_image(address), content_type="image/svg+xml", headers={"X-Robots-Tag": "noindex"})


def nearest_that_help(clinic: Clinic) -> list[Clinic]:
    """The nearest clinics that give medicine to one that cannot help, each with its `distance` from it."""
    if clinic.coordinates is None:
        return []
    others = Clinic.objects.listed().treating().exclude(pk=clinic.pk).nearest(clinic.coordinates, NEARBY)
    others = list(others.with_contact_source().with_phone_shared_by().with_closings().defer("position"))
    return with_distances(others, clinic.coordinates, is_rough=clinic.is_approximate)


def closings_of(clinic: Clinic) -> list[str]:
    """What differs from its hours today, each a sentence without a full stop."""
    notice = notice_text([clinic.notice]) if clinic.notice else ""
    return [text for text in (closed_text(clinic), notice) if text] or list(filter(None, [holiday_text(clinic)]))


def json_ld(clinic: Clinic, url: str) -> dict:
    """The known facts of a clinic for search engines (schema.org MedicalClinic)."""
    address = {
        "@type": "PostalAddress",
        "streetAddress": ", ".join(filter(None, [clinic.street, clinic.street_detail])),
        "addressLocality": clinic.city,
        "addressRegion": clinic.state,
        "postalCode": clinic.zip_code,
        "addressCountry": "US",
    }
    facts = {
        "@context": "https://schema.org",
        "@type": "MedicalClinic",
        "name": clinic.full_name,
        "url": url,
        "sameAs": clinic.website,
        "telephone": clinic.phone_for_new_patients,
        "address": {name: value for name, value in address.items() if value},
    }
    if clinic.coordinates and not clinic.is_approximate:
        facts["geo"] = {"@type": "GeoCoordinates", "latitude": clinic.latitude, "longitude": clinic.longitude}
    return {name: value for name, value in facts.items() if value}


class CredentialsView(ClinicPage):
    """How we know: the proof of each credential of a clinic."""

    url_name = "clinics:clinic_credentials"

    def get(self, request):
        credentials = self.clinic.evidence.current()
        return render(request, "clinics/clinic_credentials.html", {"clinic": self.clinic, "credentials": credentials})


class CorrectionView(ClinicPage):
    """The form to report a mistake. It has a page of its own, since a form that strangers post needs a cookie."""

    url_name = "clinics:clinic_report"

    def get(self, request):
        return self.show(request, CorrectionForm(phones=self.clinic.phones))

    def post(self, request):
        form = CorrectionForm(request.POST, phones=self.clinic.phones)
        if not form.is_valid():
            return self.show(request, form, status=422)
        if not allowed(request, "report"):
            sentence = _("%(count)d reports came from here today. Please send this one tomorrow.")
            form.add_error(None, sentence % {"count": LIMITS["report"].most})
            return self.show(request, form, status=429)
        form.instance.clinic = self.clinic
        key = store_report(form.instance, client_address(request)).follow_key
        address = reverse("clinics:clinic_report_thanks", args=[self.clinic.pk, self.clinic.slug])
        return redirect(f"{address}?report={key}")

    def show(self, request, form, status=200):
        response = render(
            request, "clinics/correction_form.html", {"clinic": self.clinic, "form": form}, status=status
        )
        # Under no-referrer a browser posts "Origin: null", which the check against forged requests refuses.
        response["Referrer-Policy"] = "same-origin"
        response["Cache-Control"] = "no-store"
        return response


class CorrectionThanksView(ClinicPage):
    url_name = "clinics:clinic_report_thanks"

    def get(self, request):
        report = self.clinic.corrections.filter(follow_key=request.GET.get("report", "")[:FOLLOW_KEY_LENGTH]).first()
        others = []
        if report is not None and report.problem == Correction.Problem.WRONG_NUMBER:
            others = [phone for phone in self.clinic.phones if phone != report.phone]
        context = {"clinic": self.clinic, "report": report, "other_phones": others}
        response = render(request, "clinics/correction_thanks.html", context)
        response["Cache-Control"] = "no-store"  # its address opens the report
        return response


def correction_detail(request, key):
    """The outcome of a report, for the holder of its address. The note is not shown: addresses get shared."""
    report = get_object_or_404(Correction.objects.select_related("clinic").defer("clinic__position"), follow_key=key)
    response = render(request, "clinics/correction_detail.html", {"report": report, "clinic": report.clinic})
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response
