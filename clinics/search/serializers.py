"""A search as JSON, GeoJSON and CSV. The names are a contract with those who read them: see /api/."""

from django.utils.translation import override

from clinics.audience import serves
from clinics.availability import AVAILABILITY_FIELDS, HOURS_FIELDS
from clinics.models import Clinic
from clinics.models.points import point_source_text
from clinics.models.provenance import source_text
from clinics.questions import stated
from clinics.questions.registry import OWN
from clinics.search import facets, treats
from clinics.search.distances import Distance
from clinics.search.far import FAR_MILES, Gap, Telehealth
from clinics.search.results import Search
from clinics.search.statements import denied_slugs_by_group
from clinics.search.typed import Typed
from clinics.typed_hours import format_week
from core.csv import csv_text

CSV_COLUMNS = (
    "id",
    "name",
    "kind",
    "street",
    "city",
    "state",
    "zip",
    "phone",
    "phone_for_new_patients",
    "phone_shared_by",
    "phone_as_written",
    "serves",
    "latitude",
    "longitude",
    "approximate",
    "distance_miles",
    "distance_text",
    "obstacle",
    "minutes_by_car",
    "location_quality",
    "location_source",
    "location_as_of",
    *(group.slug for group in facets.GROUPS if group.slug != "kind"),
    "denied",
    "confirmed_on",
    "source",
    "url",
    treats.PARAMETER,
)


def clinic_as_json(clinic: Clinic, absolute) -> dict:
    """One result. `absolute` turns a path of the site into an address."""
    services = clinic.facet_slugs
    kind = services.pop("kind")
    return {
        "id": clinic.pk,
        "name": clinic.full_name,
        "kind": kind,
        "address": {
            "street": ", ".join(filter(None, [clinic.street, clinic.street_detail])),
            "city": clinic.city,
            "state": clinic.state,
            "zip": clinic.zip_code,
        },
        "phone": clinic.phone,
        "phone_for_new_patients": clinic.phone_for_new_patients,
        "phone_shared_by": clinic.phone_shared_by,
        "phones": {"intake": clinic.intake_phones, "hotline": clinic.hotlines, "other": clinic.other_phones},
        "phone_as_written": clinic.phone_words,
        "serves": serves(clinic),
        "latitude": clinic.latitude,
        "longitude": clinic.longitude,
        "approximate": clinic.is_approximate,
        "location": location_as_json(clinic),
        **distance_as_json(clinic.distance),
        "obstacle": (clinic.distance and clinic.distance.obstacle) or None,
        "minutes_by_car": clinic.distance and clinic.distance.minutes,
        "treats": treats.stated_by(clinic).slug,
        "services": services,
        "denied": denied_slugs_by_group(clinic),
        "access": availability_as_json(clinic),
        "closed": closure_as_json(clinic),
        "notice": notice_as_json(clinic),
        "confirmed_on": clinic.contact_confirmed_on and clinic.contact_confirmed_on.isoformat(),
        "source": _source_in_english(clinic),
        "url": absolute(clinic.get_absolute_url()),
    }


def location_as_json(clinic: Clinic) -> dict | None:
    """How well it is known where a clinic stands, who says so, and of when; None without coordinates."""
    if clinic.coordinates is None:
        return None
    with override("en"):
        source = point_source_text(clinic.point_source)
    return {"quality": clinic.point_quality, "source": source, "as_of": clinic.point_as_of or None}


def distance_as_json(distance: Distance | None) -> dict:
    """Miles only where the clinic's place is known better than by its ZIP; else words. English, as every source."""
    with override("en"):
        text = distance and distance.text
    return {
        "distance_miles": None if distance is None or distance.is_rough else round(distance.miles, 2),
        "distance_text": text,
    }


def flat_row(clinic: Clinic, absolute) -> dict:
    """A clinic as a row of a table; blanks separate the values of one cell. Its "access" is that of the facets."""
    row = clinic_as_json(clinic, absolute)
    location = row.pop("location") or {}
    row |= {f"location_{name}": location.get(name) for name in ("quality", "source", "as_of")}
    row |= row.pop("address") | {name: " ".join(values) for name, values in row.pop("services").items()}
    row |= {name: " ".join(row[name]) for name in ("kind", "serves")}
    return row | {"denied": flat_denials(row["denied"])}


def flat_denials(denied: dict[str, list[str]]) -> str:
    """ "treats/opioids medication/methadone": what a clinic says no to, in one cell."""
    return " ".join(f"{group}{facets.SEPARATOR}{slug}" for group, slugs in denied.items() for slug in slugs)


def availability_as_json(clinic: Clinic) -> dict:
    """What a patient needs to start; null is not stated, neither yes nor no. Hours are in the clinic's time zone."""
    status = clinic.open_status
    known = clinic.as_known
    of_registry = stated.known(clinic)
    return {name: getattr(known, name) for name in AVAILABILITY_FIELDS} | {
        **{key: of_registry[key] for key in OWN},
        "open_now": status and status.is_open,
        "time_zone": clinic.time_zone or None,
        **{name: _week(getattr(clinic, name)) for name in HOURS_FIELDS},
    }


def closure_as_json(clinic: Clinic) -> dict | None:
    """Why it is closed for some days; `until` is the moment at which that ends by itself."""
    closure = clinic.closure
    if closure is None:
        return None
    return {"reason": closure.reason or None, "until": closure.ends_at.isoformat(), "source": closure.source}


def notice_as_json(clinic: Clinic) -> dict | None:
    """What may close the clinics of its county; then `open_now` is null, unless its hours say that it is closed."""
    notice = clinic.notice
    if notice is None:
        return None
    return {
        "kind": notice.kind,
        "county": notice.county,
        "text": notice.text_en or None,
        "until": notice.ends_at.isoformat(),
        "source": notice.source,
        "source_url": notice.source_url,
    }


def _week(week) -> str | None:
    return None if week is None else format_week(week)


def _source_in_english(clinic: Clinic) -> str:
    """The name of a source, the same in every language: whoever reads JSON compares it."""
    with override("en"):
        return source_text(clinic.contact_source, clinic.contact_edition or "") if clinic.contact_source else ""


def place_as_json(place) -> dict | None:
    if place is None:
        return None
    return {
        "label": place.label,
        "kind": place.kind,
        "latitude": place.coordinates.latitude,
        "longitude": place.coordinates.longitude,
    }


def understood_as_json(typed: Typed | None) -> dict:
    """What was read in another way than it stands in `near`; nothing if all of it is a place."""
    if typed is None or typed.outcome == "unknown" or not (typed.filters or typed.notes):
        return {}
    filters: dict[str, list[str]] = {}
    for value in typed.filters:
        filters.setdefault(value.group, []).append(value.slug)
    return {"understood": {"near": typed.near, "filters": filters, "notes": list(typed.notes)}}


def facets_as_json(search: Search) -> dict[str, dict[str, int]]:
    return {treats.PARAMETER: search.counts.by_treats} | {
        group.slug: {value.slug: search.counts.by_value[value.key] for value in group.values}
        for group in facets.GROUPS
    }


def nearby_as_json(gap: Gap | None) -> dict | None:
    return gap and {"within_miles": FAR_MILES, "count": gap.within} | {
        f"next_{name}": value for name, value in distance_as_json(gap.next).items()
    }


def telehealth_as_json(telehealth: Telehealth | None, absolute) -> dict | None:
    if telehealth is None:
        return None
    return {
        "state": telehealth.state,
        "count": telehealth.count,
        "results": [clinic_as_json(clinic, absolute) for clinic in telehealth.clinics],
    }


def search_as_json(search: Search, absolute, next_url: str | None) -> dict:
    return {
        "near": place_as_json(search.place),
        "q": search.wanted and search.wanted.text,
        **understood_as_json(search.filters.typed),
        "radius_miles": search.radius,
        "treats": search.criteria.treats,
        "count": search.count,
        **({"count_is_capped": True} if search.counts.is_capped else {}),  # then every number is "at least"
        "next": next_url,
        "results": [clinic_as_json(clinic, absolute) for clinic in search.results],
        "beyond": [clinic_as_json(clinic, absolute) for clinic in search.beyond],
        "nearby": nearby_as_json(search.gap),
        "telehealth": telehealth_as_json(search.telehealth, absolute),
        "facets": facets_as_json(search),
        **unknown_place_as_json(search),
    }


def unknown_place_as_json(search: Search) -> dict[str, str | list[str]]:
    """Why `near` is null, where a search by name answers all the same."""
    error = search.filters.unknown_place
    return {"message": str(error.message), "suggestions": error.suggestions} if error else {}


def search_as_geojson(search: Search, absolute) -> dict:
    """A FeatureCollection (RFC 7946) of the results that have a place on the map."""
    features = []
    for clinic in search.results:
        properties = clinic_as_json(clinic, absolute)
        point = [properties.pop("longitude"), properties.pop("latitude")]
        if None not in point:
            geometry = {"type": "Point", "coordinates": point}
            features.append({"type": "Feature", "id": clinic.pk, "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features}


def search_as_csv(search: Search, absolute) -> str:
    """One line a clinic; several values of one cell are separated by blanks."""
    rows = (flat_row(clinic, absolute) for clinic in search.results)
    return csv_text(CSV_COLUMNS, [{name: row[name] for name in CSV_COLUMNS} for row in rows])
