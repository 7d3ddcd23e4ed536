"""What is believed of where a clinic is: its state, ZIP code, county, city and points, each of which may be false.

Each place that one of them names is a claim, and each of them that fits a claim supports it. The claim with the most
support is believed; one that is equally well supported and elsewhere makes it undecided, and then the clinic has no
point. What was not believed is named in a sentence for editors.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from clinics.geo import Coordinates, miles_between
from clinics.locations.known_places import KnownPlaces, ZipPlace, county_key
from clinics.models.clinic import city_slug
from clinics.models.points import OF_A_CITY

NEAR_ZIP_MILES = 15  # a point so near to that of its ZIP code is right, whatever else is stated
FARTHEST_MILES = 30  # from there, where the town is near too or no other ZIP code is nearer
FARTHEST_MILES_IN = {"AK": 120}  # ZIP codes as large as states; the farthest right one is 70 miles off
NEAR_TOWN_MILES = 20
NEAR_TOWN_MILES_IN = {"AK": 60}
NEAR_COUNTY_MILES = 20  # from the point of one of its ZIP codes
FEWEST_AGREEING = 2  # facts that place a clinic at the middle of its ZIP code
ZIP_CODES = "zipcodes"  # the source of a ZIP code's point that names none


@dataclass(frozen=True, slots=True)
class Stated:
    """What is stated of where a clinic is, besides its points."""

    state: str
    zip_code: str
    county: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A point that somebody states for the address."""

    point: Coordinates
    quality: str
    source: str
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The point that is believed, None if none is; and what contradicts it, in a sentence."""

    point: Coordinates | None = None
    candidate: Candidate | None = None  # whose point it is; None: that of the ZIP code or the city
    source: str = ""
    problem: str = ""


class Judge:
    """Hears one clinic."""

    def __init__(self, places: KnownPlaces, stated: Stated) -> None:
        self.places, self.stated = places, stated
        self.city, self.county = city_slug(stated.city), county_key(stated.county)
        self.zip: ZipPlace | None = places.zips.get(stated.zip_code)
        self.zip_point = self.zip.point if self.zip else None
        self.states = {stated.state, self.zip.state if self.zip else stated.state}  # one of the two is true
        self.city_point = places.middle_of(self.city, stated.state)
        self.farthest = FARTHEST_MILES_IN.get(stated.state, FARTHEST_MILES)
        self.near_town = NEAR_TOWN_MILES_IN.get(stated.state, NEAR_TOWN_MILES)

    def verdict(self, candidates: Sequence[Candidate]) -> Verdict:
        """`candidates`: the best first."""
        refused, is_undecided = "", False
        for candidate in candidates:
            reason, is_tie = self.reason_against(candidate.point)
            if not reason:
                problem = self._outvoted(candidate.point) or refused
                return Verdict(candidate.point, candidate, candidate.source, problem)
            refused, is_undecided = refused or f"{_written(candidate)} left out: {reason}.", is_undecided or is_tie
        if is_undecided:
            return Verdict(problem=refused)
        return self._of_the_address(refused)

    def misread_state(self, point: Coordinates | None) -> str:
        """The state of the ZIP code, if what else is stated tells that the row's own is wrong; else ""."""
        if self.zip is None or self.zip.state == self.stated.state:
            return ""
        candidates = [Candidate(point, "", "")] if point else []
        believed = self.verdict(candidates).point
        is_there = believed is not None and self._fits_zip(believed) and not self._fits_state(believed)
        return self.zip.state if is_there else ""

    def _of_the_address(self, refused: str) -> Verdict:
        """The middle of the ZIP code; of the city, where more speaks for that; neither, where nothing decides."""
        of_zip, of_city = self._support_of_zip, self._support_of_city
        if self.zip and self.zip_point and (of_zip > of_city or self._is_one_place) and of_zip >= FEWEST_AGREEING:
            return Verdict(
                self.zip_point, None, self.zip.source or ZIP_CODES, refused or self._outvoted(self.zip_point)
            )
        if self.city_point and of_city > of_zip:
            problem = refused or self._outvoted(self.city_point)
            return Verdict(self.city_point, None, OF_A_CITY, problem)
        if refused or not (self.zip_point or self.city_point):
            return Verdict(problem=refused or self._unknown_zip())
        return Verdict(problem=self._unknown_zip() or self._undecided())

    def _unknown_zip(self) -> str:
        code = self.stated.zip_code
        return f"There is no ZIP code {code}." if code and self.zip is None else ""

    def reason_against(self, point: Coordinates) -> tuple[str, bool]:
        """Why a point is not believed, and whether as much speaks for it as against; ("", False) if it is believed.

        It is not if the ZIP code or the city lies elsewhere and has as much support.
        """
        fits_zip, fits_city = self._fits_zip(point), self._fits_city(point)
        if fits_zip and fits_city:
            return "", False
        rivals = []
        if self.zip_point and not fits_zip:
            rivals.append((self._support_of_zip, self.zip_point, "ZIP code"))
        if self.city_point and not fits_city:
            rivals.append((self._support_of_city, self.city_point, "city"))
        fits_state = self._fits_state(point)
        if rivals:
            support = 1 + fits_state + fits_zip + fits_city + self._fits_county(point)
            against, place, name = max(rivals)
            if against >= support:
                reason = f"{miles_between(point, place):,.0f} miles from its {name}"
                is_elsewhere = miles_between(point, place) > self.farthest
                return reason if fits_state else f"not in {self.stated.state}", against == support and is_elsewhere
        if not (fits_zip or fits_city or fits_state):
            return f"not in {self.stated.state}", False
        return "", False

    def _support(self, point: Coordinates) -> int:
        """How many of state, ZIP code, county and city fit `point`."""
        return sum((self._fits_state(point), self._fits_zip(point), self._fits_county(point), self._fits_city(point)))

    @cached_property
    def _is_of_city(self) -> bool:
        """Whether the ZIP code is of the city, and its point tells no more than that.

        As of one without streets, and where the table puts it outside its own town: 86305 Prescott, AZ.
        """
        if self.zip is None or self.zip_point is None or self.zip.city != self.city:
            return False
        town = self.places.middle_of(self.city, self.zip.state)
        return not self.zip.has_streets or (town is not None and miles_between(town, self.zip_point) > self.near_town)

    @cached_property
    def _support_of_zip(self) -> int:
        return self._support(self.zip_point) if self.zip_point else 0

    @cached_property
    def _support_of_city(self) -> int:
        return self._support(self.city_point) if self.city_point else 0

    @property
    def _is_one_place(self) -> bool:
        """Whether the ZIP code is in the city and the state."""
        return self.zip_point is not None and self._fits_city(self.zip_point) and self._fits_state(self.zip_point)

    def _fits_state(self, point: Coordinates) -> bool:
        if self.zip and self.zip.state == self.stated.state and self._is_near_zip(point):
            return True
        return self.places.may_be_in(self.stated.state, point)

    def _fits_zip(self, point: Coordinates) -> bool:
        if self.zip is None or self.zip_point is None:
            return False
        if self._is_near_zip(point):
            return True
        if self._is_of_city and self.places.has_town_near(self.city, {self.zip.state}, point, self.near_town):
            return True
        is_within_reach = miles_between(point, self.zip_point) <= self.farthest
        return is_within_reach and self.places.is_among_nearest(self.stated.zip_code, point)

    def _is_near_zip(self, point: Coordinates) -> bool:
        return self.zip_point is not None and miles_between(point, self.zip_point) <= NEAR_ZIP_MILES

    def _fits_county(self, point: Coordinates) -> bool:
        if not self.county:
            return False
        if point == self.zip_point and self.zip and self.zip.county == self.county:
            return True
        return self.places.has_county_near(self.county, self.states, point, NEAR_COUNTY_MILES)

    def _fits_city(self, point: Coordinates) -> bool:
        if not self.city:
            return False
        if self.zip and self.zip.city == self.city and self._is_near_zip(point):
            return True
        return self.places.has_town_near(self.city, self.states, point, self.near_town)

    def _outvoted(self, point: Coordinates) -> str:
        """What the believed point contradicts: the ZIP code, or the state."""
        if unknown := self._unknown_zip():
            return unknown
        if self.zip_point and not self._fits_zip(point):
            return f"ZIP code {self.stated.zip_code} is {miles_between(point, self.zip_point):,.0f} miles from there."
        if not self._fits_state(point):
            return f"It is not in {self.stated.state}: its ZIP code is of {self.zip.state if self.zip else 'none'}."
        return ""

    def _undecided(self) -> str:
        code, state = self.stated.zip_code, self.stated.state
        at = f" in {self.zip.state}" if self.zip and self.zip.state != state else ""
        return f"ZIP code {code}{at} and {self.stated.city}, {state} are two places: no point until an editor decides."


def judge(places: KnownPlaces, stated: Stated, candidates: Sequence[Candidate]) -> Verdict:
    """What is believed of the `candidates`, the best first, and of the places that the address itself names."""
    return Judge(places, stated).verdict(candidates)


def why_not(point: Coordinates, stated: Stated) -> str:
    """Why a point that a person gives for an address cannot be right, in a phrase; "" if it can."""
    places = KnownPlaces.for_addresses([(stated.state, stated.zip_code, stated.city, stated.county)], [point])
    reason, _is_tie = Judge(places, stated).reason_against(point)
    return reason


def is_believable(point: Coordinates, state: str, zip_code: str, places: KnownPlaces | None = None) -> str:
    """Why a geocoder's answer for an address in this state and ZIP code cannot be right, in a phrase; "" if it can.

    Callers with many answers read `places` once: KnownPlaces.everywhere().
    """
    places = places or KnownPlaces.for_addresses([(state, zip_code, "", "")], [point])
    if not places.may_be_in(state, point):
        return f"not in {state}"
    zip_point = places.zips[zip_code].point if zip_code in places.zips else None
    if zip_point and (miles := miles_between(point, zip_point)) > FARTHEST_MILES_IN.get(state, FARTHEST_MILES):
        return f"{miles:,.0f} miles from ZIP code {zip_code}"
    return ""


def _written(candidate: Candidate) -> str:
    at = f"{candidate.point.latitude:.5f}, {candidate.point.longitude:.5f}"
    return f"{at} ({' '.join(filter(None, (candidate.source, candidate.as_of)))})"
