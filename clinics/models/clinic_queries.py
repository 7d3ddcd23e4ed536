"""Which clinics: what pages, commands and jobs ask of the table, each rule once."""

from datetime import datetime

from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from clinics.geo import Coordinates
from clinics.models.expressions import (
    AsNearAs,
    AvailabilityNow,
    ClosureNow,
    HasAnyBit,
    Nearness,
    NoticeNow,
    PhoneSharedBy,
    StatesNoMedicine,
    Within,
)
from clinics.models.provenance import Confirmation, FactGroup
from clinics.search import facets, treats


class ClinicQuerySet(models.QuerySet):
    def listed(self):
        """What readers may find: neither closed, nor withdrawn."""
        return self.filter(is_listed=True)

    def treating(self, asked: str = treats.DEFAULT):
        """Those that a search of `treats=asked` is about: by default, clinics that state a medicine for opioids."""
        return self.with_masks([("treatment_bits", treats.BITS[asked])])

    def near(self, origin: Coordinates, radius_miles: float | None = None):
        """Clinics nearest `origin` first; with a radius, only those within it.

        In the order of the geodesic miles over the ground (see clinics/geo.py), those at one distance in the order
        of `ties`. Clinics without coordinates are left out.
        """
        rows = self.filter(position__isnull=False).order_by(Nearness(origin), *ties())
        return rows if radius_miles is None else rows.filter(Within(origin, radius_miles))

    def nearest(self, origin: Coordinates, end: int, start: int = 0):
        """The clinics nearest `origin`, from the `start`-th up to the `end`-th.

        The same as `near(origin)[start:end]`, at the price of a walk along the index to the last of them. Before
        version 17 PostgreSQL walks it only for an order by distance alone, so the walk comes first and tells how far
        to look. Ask `near` where the order is not needed or a radius limits it.
        """
        rows = self.filter(position__isnull=False)
        walk = rows.order_by(Nearness(origin)).values(miles=Nearness(origin))[end - 1 : end]
        return rows.filter(AsNearAs(origin, Subquery(walk))).order_by(Nearness(origin), *ties())[start:end]

    def with_facets(self, selection: dict[str, list[facets.FacetValue]]):
        """Clinics that answer every group of `selection`, as the values of the group combine (facets.Combines)."""
        return self.with_masks(facets.masks_of(selection))

    def with_masks(self, masks):
        """Clinics with at least one of the bits of every (column, mask)."""
        return self.filter(*(HasAnyBit(column, mask) for column, mask in masks))

    def with_availability(self, moment=None, state: str = ""):
        """Each with `availability_now`: its mask at `moment` (now), for a reader in `state` (two letters)."""
        return self.annotate(availability_now=AvailabilityNow(moment, state))

    def stale(self):
        """Clinics whose contact no person confirmed lately: it is due to be confirmed again (see `freshness`)."""
        return self.filter(_is_stale())

    def with_is_stale(self):
        return self.annotate(is_stale=_is_stale())

    def with_phone_shared_by(self):
        """Each with `phone_shared_by`: how many listed places have the number that its new patients call."""
        return self.annotate(phone_shared_by=PhoneSharedBy())

    def with_closings(self, moment: datetime | None = None):
        """Each with `closure_now` and `notice_now` at `moment` (now): what Clinic.closure and Clinic.notice read."""
        moment = moment or timezone.now()
        return self.annotate(closure_now=ClosureNow(moment=moment), notice_now=NoticeNow(moment=moment))

    def with_contact_source(self):
        """Each with `contact_source`, `contact_edition` and `contact_confirmed_on`: the source of address and phone.

        None in all three if nobody does.
        """
        of_contact = Q(confirmations__fact_group=FactGroup.CONTACT)
        return self.annotate(
            contact_confirmation=FilteredRelation("confirmations", condition=of_contact),
            contact_source=F("contact_confirmation__source"),
            contact_edition=F("contact_confirmation__edition"),
            contact_confirmed_on=F("contact_confirmation__confirmed_on"),
        )

    def with_journey_from(self, zip_code: str):
        """Each with `obstacle` ("": none), `minutes_by_car` and `roads_as_of`, of the way from a ZIP code."""
        of_the_zip = Q(journeys__zip_code=zip_code)
        return self.annotate(
            journey=FilteredRelation("journeys", condition=of_the_zip),
            obstacle=Coalesce("journey__obstacle", Value("")),
            minutes_by_car=F("journey__minutes"),
            roads_as_of=F("journey__roads_as_of"),
        )

    def shortest_drive_first(self):
        """Of clinics `with_journey_from` and `near` a ZIP code: without minutes they come last, the nearest first."""
        return self.order_by(F("journey__minutes").asc(nulls_last=True), *self.query.order_by)


def ties() -> tuple:
    """The order of clinics that are equally near: those that state a medicine first, then by name."""
    return StatesNoMedicine(), "name", "pk"


def _is_stale():
    return ~Exists(Confirmation.objects.fresh().filter(clinic=OuterRef("pk"), fact_group=FactGroup.CONTACT))
