"""A clinic as readers will see it once these answers are live, and what changes for them. Nothing is saved.

The same templates and sentences as the public pages: what an owner typed is shown nowhere.
"""

import copy
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from clinics.answers import Answers, answers_of, sentences_of
from clinics.clinic_maps import map_of_clinic
from clinics.directions import Directions, directions_to
from clinics.geo import miles_between
from clinics.maps.drawing import Map
from clinics.models import Clinic, Confirmation, PointQuality, Service, Source
from clinics.offers import Offers, offers_of
from clinics.search.rows import is_doubtful, rows_html
from clinics.search.statements import denial
from listings.models import Submission
from listings.wizard import steps
from listings.wizard.addresses import ADDRESS_FIELDS
from listings.wizard.publishing import FACT_GROUPS_OF_STEPS, published_values, write_facts

HERE = "#as-readers-see-it"  # in place of the address of a page that does not exist yet
MOVED_MILES = 0.01


@dataclass(frozen=True)
class Change:
    """Of one part of the page: the lines that go, and those that come."""

    heading: str
    before: list[str]
    now: list[str]


@dataclass(frozen=True)
class Preview:
    """What the templates of the public pages take."""

    clinic: Clinic
    row: SafeString  # in a list of results
    offers: Offers
    answers: Answers
    confirmations: dict[str, Confirmation]
    practitioners: list[str]
    directions: Directions | None
    denial: str
    is_quiet: bool
    map: Map | None
    changes: list[Change]  # of a live listing


def of(submission: Submission, forms: dict[str, steps.Step]) -> Preview:
    """`forms`: of the answers, by slug. What a step with errors says is left out."""
    is_edit = submission.kind == Submission.Kind.EDIT
    live = _read(submission.listing.clinic_id) if is_edit and submission.listing.clinic_id else None
    slugs = steps.changed(submission) if is_edit else list(forms)
    valid = {slug: forms[slug] for slug in slugs if slug in forms and forms[slug].is_valid()}
    values = published_values(submission, valid)
    clinic = _clinic(submission, values, valid, forms)
    confirmations = _confirmations(live, valid)
    offers = offers_of(clinic)
    practitioners = _practitioners(live, values)
    changes = _changes(live, clinic, _practitioners(live, {}), practitioners) if live else []
    return Preview(
        clinic=clinic,
        row=rows_html([clinic], under_heading=True, by_place=False),
        offers=offers,
        answers=answers_of(clinic, offers, confirmations),
        confirmations=confirmations,
        practitioners=practitioners,
        directions=directions_to(clinic),
        denial=denial(clinic),
        is_quiet=is_doubtful(clinic),
        map=map_of_clinic(clinic),
        changes=changes,
    )


def _read(clinic_id: int) -> Clinic:
    clinics = Clinic.objects.with_phone_shared_by().with_closings().with_contact_source().defer("position")
    return clinics.get(pk=clinic_id)


def _clinic(
    submission: Submission, values: dict[str, Any], valid: dict[str, steps.Step], forms: dict[str, steps.Step]
) -> Clinic:
    clinic = _read(submission.listing.clinic_id) if submission.listing.clinic_id else Clinic()
    write_facts(submission, clinic, values, valid)
    if clinic.pk is None or values.keys() & {"point", *ADDRESS_FIELDS}:
        _place(clinic, submission, forms)
    clinic.derive()
    clinic.phone_for_new_patients = next(iter(clinic.intake_phones), "") or clinic.phone
    today = timezone.localdate()
    if clinic.pk is None:
        clinic.address_in = lambda language: HERE
        clinic.availability_confirmed_on = today
    if clinic.pk is None or {"practice", "phones"} & valid.keys():
        clinic.contact_source, clinic.contact_edition, clinic.contact_confirmed_on = Source.OWNER, "", today
    if "access" in valid:
        clinic.availability_confirmed_on = today
    return clinic


def _place(clinic: Clinic, submission: Submission, forms: dict[str, steps.Step]) -> None:
    """Where the form says that it is."""
    step = forms.get("map") or steps.MapStep(answers=submission.answers, listing=submission.listing)
    if not isinstance(step, steps.MapStep):
        return
    point, is_approximate = step.current_point
    clinic.latitude, clinic.longitude = point or (None, None)
    clinic.point_quality = "" if point is None else PointQuality.ZIP if is_approximate else PointQuality.ROOFTOP


def _confirmations(live: Clinic | None, valid: dict[str, steps.Step]) -> dict[str, Confirmation]:
    """Who will vouch for each group of facts: the owner, today, for what they change."""
    known = {each.fact_group: each for each in live.confirmations.all()} if live else {}
    groups = {group for slug in valid for group in FACT_GROUPS_OF_STEPS.get(slug, [])}
    today = timezone.localdate()
    stated = {group: Confirmation(fact_group=group, source=Source.OWNER, confirmed_on=today) for group in groups}
    return known | stated


def _practitioners(live: Clinic | None, values: dict[str, Any]) -> list[str]:
    if "practitioners" in values:
        return [", ".join(filter(None, [each["name"], each["credentials"]])) for each in values["practitioners"]]
    people = live.practitioners.filter(license_expires_on__gte=timezone.localdate()) if live else []
    return [str(person) for person in people]


def _changes(live: Clinic, clinic: Clinic, people_before: list[str], people: list[str]) -> list[Change]:
    before, now = _lines(live, people_before), _lines(clinic, people)
    if live.coordinates and clinic.coordinates:
        miles = miles_between(live.coordinates, clinic.coordinates)
        if miles > MOVED_MILES:
            moved = gettext("The pin moves by %(miles)s miles.") % {"miles": f"{miles:.2f}"}
            now[gettext("On the map")] = [moved]
    headings = [*now, *(heading for heading in before if heading not in now)]
    changes = []
    for heading in headings:
        old, new = before.get(heading, []), now.get(heading, [])
        gone, come = [line for line in old if line not in new], [line for line in new if line not in old]
        if gone or come:
            changes.append(Change(heading, gone, come))
    return changes


def _lines(clinic: Clinic, people: list[str]) -> dict[str, list[str]]:
    """Everything that the page says, in lines under headings."""
    street = ", ".join(filter(None, [clinic.street, clinic.street_detail]))
    zip_code = "-".join(filter(None, [clinic.zip_code, clinic.zip4]))
    names = Service.objects.filter(pk__in=clinic.all_service_ids).order_by("name").values_list("name", flat=True)
    lines = {
        gettext("Name"): [clinic.full_name],
        gettext("Address"): [", ".join(filter(None, [street, clinic.city, f"{clinic.state} {zip_code}"]))],
        gettext("Phones and website"): [*clinic.phones, *filter(None, [clinic.website])],
        gettext("What it offers"): [gettext(name) for name in names],
        gettext("In the clinic's own words"): [clinic.shown_description],
        gettext("Who treats here"): people,
    }
    timeless = copy.copy(clinic)
    timeless.time_zone = ""  # whether it is open at this moment is no change
    sentences = sentences_of(timeless, offers_of(clinic))
    lines |= {question: [strip_tags(sentence) for sentence in said] for question, said in sentences.items()}
    return {heading: [line for line in said if line] for heading, said in lines.items()}
