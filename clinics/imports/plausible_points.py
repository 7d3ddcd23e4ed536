"""Whether the point that a row states can be that of its address: near its ZIP's point, or its city's.

The reader (readers/coordinates.py) has refused those in another state. A point is left out only where both places that
the row names contradict it. That are 11 of the 28,807 points of five real lists, all but one of them wrong.
"""

from dataclasses import replace

from clinics.geo import Coordinates, miles_between
from clinics.imports.rows import FacilityRow
from clinics.models import City, ZipCode
from clinics.models.clinic import city_slug

FARTHEST_MILES = 40  # of a clinic from the point of its ZIP
FARTHEST_MILES_IN = {"AK": 120}  # ZIPs as large as states; the farthest right one is 70 miles off


class PlausiblePoints:
    """Reads the points of all ZIPs once, those of cities as they are needed."""

    def __init__(self) -> None:
        self.zips = {
            code: (state, Coordinates(north, east))
            for code, state, north, east in ZipCode.objects.values_list("code", "state", "latitude", "longitude")
            if north is not None and east is not None
        }

    def checked(self, row: FacilityRow) -> FacilityRow:
        """The row, without its point if that is far from its ZIP and its city; then with a note."""
        zip_state, zip_point = self.zips.get(row.zip_code, ("", None))
        if row.latitude is None or row.longitude is None or zip_point is None or zip_state != row.state:
            return row
        point, farthest = Coordinates(row.latitude, row.longitude), FARTHEST_MILES_IN.get(row.state, FARTHEST_MILES)
        miles = miles_between(point, zip_point)
        if miles <= farthest or self._is_near_its_city(row, point, farthest):
            return row
        note = f"coordinates '{row.latitude}, {row.longitude}' left out: far from its ZIP code '({miles:,.0f} miles)'"
        return replace(row, latitude=None, longitude=None, notes=(*row.notes, note))

    def _is_near_its_city(self, row: FacilityRow, point: Coordinates, farthest: float) -> bool:
        city = City.objects.filter(state=row.state, slug=city_slug(row.city)).first()
        return city is not None and miles_between(point, Coordinates(city.latitude, city.longitude)) <= farthest
