"""Which clinics a search is about: its place, its filters and its order, as QuerySets."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from clinics.availability import AvailabilityNow, values_at
from clinics.geo import Coordinates, point_in_space
from clinics.models import Clinic
from clinics.models.expressions import POINT_LATER, PointLater
from clinics.search.compiled import Later


@dataclass(frozen=True)
class Criteria:
    """What is searched for. In its `shape` what differs between searches of one kind is `Later`."""

    origin: Coordinates | PointLater | None = None  # of the distances; None: no place was named
    reader_in: str | Later = ""  # the two letters of a state, for telehealth
    whole_state: str = ""  # a state that is searched whole, however far away
    masks: tuple[tuple[str, int | Later], ...] = ()  # for each group that is filtered by: column and bits
    by_distance: bool = False  # else by name

    @property
    def everywhere(self):
        """All that may be found; `availability_now`, an alias, is of this moment and for a reader in that state."""
        return (
            Clinic.objects.listed()
            .order_by("name", "pk")
            .alias(availability_now=AvailabilityNow(state=self.reader_in))
        )

    @property
    def in_place(self):
        """The clinics of the place at any distance, whatever the filters."""
        return self.everywhere.filter(state=self.whole_state) if self.whole_state else self.everywhere

    def in_radius(self, radius_miles: float | None):
        """The clinics of the place and radius, whatever the filters: what the facets count."""
        return self.in_place.near(self.origin, radius_miles) if self.origin else self.in_place

    def matching(self, radius_miles: float | None):
        """The clinics that answer the search, in its order."""
        clinics = self.in_radius(radius_miles).with_masks(self.masks)
        return clinics if self.by_distance else clinics.order_by("name", "pk")

    def nearest(self, end: int, start: int = 0):
        """The nearest clinics of the place that pass the filters, at any distance."""
        return self.in_place.with_masks(self.masks).nearest(self.origin, end, start)

    @property
    def without_masks(self) -> "Criteria":
        return replace(self, masks=())

    @property
    def shape(self) -> "Criteria":
        """The same for every search that differs in its values alone: what its queries are compiled for."""
        return replace(
            self,
            origin=self.origin and POINT_LATER,
            reader_in=Later("reader in"),
            masks=tuple((column, Later(f"mask {n}")) for n, (column, _mask) in enumerate(self.masks)),
        )

    def values(self) -> dict:
        """What goes into the gaps of the shape, now."""
        known = {f"mask {n}": mask for n, (_column, mask) in enumerate(self.masks)}
        if self.origin:
            known |= zip((part.name for part in POINT_LATER), point_in_space(self.origin), strict=True)
        return known | values_at(datetime.now(UTC), self.reader_in)
