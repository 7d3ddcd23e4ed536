"""Pharmacies near a place, and how a reader's, an owner's or a caller's report is stored."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from clinics.geo import miles_between
from clinics.models import Clinic, Pharmacy, PharmacyReport
from clinics.models.pharmacies import PharmacyQuerySet, lately
from clinics.models.reports import code_of
from clinics.search.distances import with_distances_from
from clinics.search.gazetteer import Place

NEAR_MILES, FARTHEST_MILES = 50, 300  # farther than that, nobody goes to fill a prescription
SHOWN, BEYOND, OF_A_STATE = 20, 3, 50
LOOKED_AT = 60  # by a flat map's distance, of which the nearest over the ground are taken
SaidBy = PharmacyReport.SaidBy


@dataclass(frozen=True)
class Found:
    """Pharmacies of a place; `is_beyond` if all are farther than NEAR_MILES."""

    pharmacies: list[Pharmacy]
    is_beyond: bool = False


def filled_near(place: Place) -> Found:
    """Those that filled it lately, the nearest first; of a state, all that we know."""
    told = Pharmacy.objects.filled_lately()
    if place.measured_from is None:
        return Found(list(told.filter(state=place.state)[:OF_A_STATE]))
    found = nearest(told, place)
    near = [pharmacy for pharmacy in found if pharmacy.distance.miles <= NEAR_MILES]
    return Found(near[:SHOWN]) if near else Found(found[:BEYOND], is_beyond=bool(found))


def nearest(pharmacies: PharmacyQuerySet, place: Place) -> list[Pharmacy]:
    """Those within FARTHEST_MILES, the nearest first, each with its `distance`."""
    origin = place.measured_from
    if origin is None:
        return []
    east_west = math.cos(math.radians(origin.latitude))
    flat = (F("latitude") - origin.latitude) ** 2.0 + ((F("longitude") - origin.longitude) * east_west) ** 2.0
    measured = [
        (miles_between(origin, pharmacy.coordinates), pharmacy.name, pharmacy.pk, pharmacy)
        for pharmacy in pharmacies.on_the_map().order_by(flat, "pk")[:LOOKED_AT]
    ]
    reachable = [pharmacy for miles, _name, _pk, pharmacy in sorted(measured) if miles <= FARTHEST_MILES]
    return with_distances_from(reachable, place)


def store_report(said: Mapping, by: SaidBy, *, sender: str = "", clinic: Clinic | None = None) -> PharmacyReport:
    """Store what a FilledForm says: of a reader, `sender` being where they are, or of a clinic."""
    with transaction.atomic():
        chosen = said.get("pharmacy") or Pharmacy.objects.named(
            said["name"], said["street"], said["zip_code"], said["phone"]
        )
        # Locked, so that two reports of one sender at the same moment get one code.
        pharmacy = Pharmacy.objects.select_for_update().get(pk=chosen.pk)
        report = PharmacyReport(
            pharmacy=pharmacy, filled_on=said["filled_on"], form=said["form"], said_by=by, clinic=clinic
        )
        if by == SaidBy.READER:
            report.reporter_hash = code_of(sender, pharmacy.reports.filter(filled_on__gte=lately()[0]))
        report.save()
    return report
