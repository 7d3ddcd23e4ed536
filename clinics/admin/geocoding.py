"""How well it is known where clinics stand, and the page on which an editor says it of those whom nobody found."""

from dataclasses import dataclass, field
from urllib.parse import quote

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django_q.models import Schedule

from clinics.directions import MAP_SITE, Directions
from clinics.geo import Coordinates
from clinics.locations import overview
from clinics.locations.judge import Stated, why_not
from clinics.locations.pasted_points import LONGEST_PASTED, NO_POINT, point_in
from clinics.locations.placing import EDITOR, address_key, pin
from clinics.models import AddressLookup, Clinic
from clinics.models.points import EXACT
from clinics.postal_codes import POSTAL_CODES
from core.admin import ReadOnlyAdmin, log_each

PAGE_SIZE = 25
JOB = "ask for points of addresses"  # of clinics/schedules.py
FIELD = "point-{}"
GOOGLE_MAPS = "https://www.google.com/maps/search/?api=1&query="


@dataclass
class Row:
    """An address that an editor should look at, with the clinics there."""

    clinics: list[Clinic]
    why: str
    matched: str = ""  # the address that the geocoder found instead
    typed: str = ""
    error: str = ""

    @property
    def clinic(self) -> Clinic:
        return self.clinics[0]

    @property
    def field(self) -> str:
        return FIELD.format(self.clinic.pk)

    @property
    def address(self) -> str:
        clinic = self.clinic
        return ", ".join(filter(None, [clinic.street, clinic.city, f"{clinic.state} {clinic.zip_code}".strip()]))

    @property
    def maps(self) -> list[tuple[str, str]]:
        return [
            ("OpenStreetMap", Directions(self.address, is_exact=False).map_site),
            ("Google Maps", GOOGLE_MAPS + quote(self.address, safe="")),
        ]

    @property
    def stands_at(self) -> str:
        """Where the clinic is shown now, on a map."""
        clinic = self.clinic
        return (
            f"{MAP_SITE}/?mlat={clinic.latitude}&mlon={clinic.longitude}#map=17/{clinic.latitude}/{clinic.longitude}"
        )

    @property
    def may_be_kept(self) -> bool:
        return may_be_kept(self.clinic)


@dataclass
class Saved:
    """What one press of a button did, and what it could not."""

    pinned: list[tuple[Clinic, Coordinates]] = field(default_factory=list)
    errors: dict[int, tuple[str, str]] = field(default_factory=dict)  # clinic: what was typed, what is wrong with it


@admin.register(AddressLookup)
class AddressLookupAdmin(ReadOnlyAdmin):
    list_display = ["address", "zip_code", "geocoder", "outcome", "reason", "matched", "times_asked", "asked_at"]
    list_filter = ["outcome", "geocoder"]
    search_fields = ["zip_code", "address", "reason"]
    search_help_text = "ZIP code, street, reason"
    change_list_template = "admin/clinics/addresslookup/change_list.html"

    def get_urls(self):
        view = self.admin_site.admin_view(self.geocoding)
        return [path("geocoding/", view, name="clinics_geocoding"), *super().get_urls()]

    def geocoding(self, request):
        """A GET shows how many clinics stand where, and whom to look at; a POST pins those that were found."""
        if not request.user.has_perm("clinics.view_clinic"):
            raise PermissionDenied
        saved = Saved()
        if request.method == "POST":
            if not request.user.has_perm("clinics.change_clinic"):
                raise PermissionDenied
            saved = save_points(request.POST)
            self.tell(request, saved)
            if not saved.errors:
                return HttpResponseRedirect(f"{reverse('admin:clinics_geocoding')}?{request.GET.urlencode()}")
        context = {**self.admin_site.each_context(request), **page(request), "title": "Where clinics stand"}
        show_errors(context["rows"], saved.errors)
        return TemplateResponse(request, "admin/clinics/addresslookup/geocoding.html", context)

    def tell(self, request, saved: Saved) -> None:
        for clinic, point in saved.pinned:
            at = f"{point.latitude:.5f}, {point.longitude:.5f}"
            log_each(request, [clinic], f"Pinned at {at}.")
            self.message_user(request, f"{clinic} is pinned at {at}.", messages.SUCCESS)
        if saved.errors:
            self.message_user(request, "Some points were not saved: see below.", messages.ERROR)


def page(request) -> dict:
    by_state = overview.qualities_by_state()
    state = request.GET.get("state", "")
    state = state if state in POSTAL_CODES else ""
    counts = overview.count_to_look_at(state)
    why = request.GET.get("why", "")
    if why not in overview.TO_LOOK_AT:
        why = next((one for one, count in counts.items() if count), overview.CONTRADICTS)
    asked, last_asked = overview.asked()
    rows_page = Paginator(to_look_at(why, state), PAGE_SIZE).get_page(request.GET.get("page"))
    return {
        "sentence": overview.sentence(overview.together(by_state.values())),
        "by_state": by_state,
        "everywhere": overview.together(by_state.values()),
        "state": state,
        "why": why,
        "tabs": [(one, overview.LABELS[one], count) for one, count in counts.items()],
        "page": rows_page,
        "rows": rows_of(why, rows_page.object_list),
        "may_pin": request.user.has_perm("clinics.change_clinic"),
        "asked": asked,
        "last_asked": last_asked,
        "geocoder": settings.GEOCODER,
        "due": overview.count_due(),
        "most_due": overview.MOST_DUE,
        "job": Schedule.objects.filter(name=JOB).first(),
        "longest": LONGEST_PASTED,
    }


def to_look_at(why: str, state: str):
    return overview.contradicting(state) if why == overview.CONTRADICTS else overview.unanswered(why, state)


def rows_of(why: str, items) -> list[Row]:
    if why == overview.CONTRADICTS:
        by_address: dict[tuple[str, str], Row] = {}
        for clinic in items:
            by_address.setdefault(address_key(clinic), Row([], clinic.point_problem)).clinics.append(clinic)
        return list(by_address.values())
    clinics = overview.clinics_at((lookup.zip_code, lookup.address) for lookup in items)
    return [
        Row(found, f"{(lookup.reason or lookup.get_outcome_display()).rstrip('.')}.", lookup.matched)
        for lookup in items
        if (found := clinics.get((lookup.zip_code, lookup.address)))
    ]


def show_errors(rows: list[Row], errors: dict[int, tuple[str, str]]) -> None:
    """What could not be saved stays as it was typed; that of an address that left the list meanwhile stands first."""
    shown = {row.clinic.pk: row for row in rows}
    for clinic in Clinic.objects.filter(pk__in=errors.keys() - shown.keys()).defer("position"):
        shown[clinic.pk] = Row([clinic], clinic.point_problem)
        rows.insert(0, shown[clinic.pk])
    for pk, (typed, error) in errors.items():
        if row := shown.get(pk):
            row.typed, row.error = typed, error


@transaction.atomic
def save_points(posted) -> Saved:
    """Pin every clinic for which a point was typed, and the one that is right as it is."""
    saved, prefix = Saved(), FIELD.format("")
    typed = {name.removeprefix(prefix): text.strip() for name, text in posted.items() if name.startswith(prefix)}
    typed = {pk: text for pk, text in typed.items() if text and pk.isdecimal()}
    kept = posted.get("keep", "")
    wanted = [*typed, kept] if kept.isdecimal() else list(typed)
    for clinic in Clinic.objects.listed().filter(pk__in=wanted).order_by("pk"):
        text = typed.get(str(clinic.pk), "")
        if not text and not may_be_kept(clinic):
            continue
        point = point_in(text) if text else clinic.coordinates
        if error := why_refused(clinic, point):
            saved.errors[clinic.pk] = (text, error)
        elif point:
            pin(clinic, EDITOR, point)
            saved.pinned.append((clinic, point))
    return saved


def may_be_kept(clinic: Clinic) -> bool:
    """The middle of a ZIP code is nobody's door."""
    return clinic.coordinates is not None and clinic.point_quality in EXACT


def why_refused(clinic: Clinic, point: Coordinates | None) -> str:
    if point is None:
        return NO_POINT
    reason = why_not(point, Stated(clinic.state, clinic.zip_code, clinic.county, clinic.city))
    at = f"{point.latitude:.5f}, {point.longitude:.5f}"
    return reason and f"{at} is {reason}. If the address is wrong, mend it on the clinic's page first."
