"""Places in our own tables: ZIP codes, cities, states and points. What somebody typed is read in typed.py."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.db import connections, router
from django.db.models import Case, F, FloatField, Sum, When
from django.utils.translation import gettext as _
from localflavor.us.us_states import ARMED_FORCES_STATES, STATES_NORMALIZED

from clinics.geo import Coordinates, miles_between
from clinics.locations.towns import plain_name as search_name
from clinics.models.places import CLOSE_MILES, City, ZipCode
from clinics.states import english_name, names_in, state_names

MOST_CHOICES = 12
ALSO_CITIES = ("NY", "WA")  # states whose name alone is that of a city: "New York State" says which is meant

# South, north, west, east in degrees: where the United States and their islands lie, with some sea around.
US_BOXES = [
    (24, 50, -126, -66),  # the 48 states
    (51, 72, -180, -129),  # Alaska
    (51, 54, 172, 180),  # the Aleutians beyond the date line
    (18, 29, -179, -154),  # Hawaii
    (17, 19, -69, -64),  # Puerto Rico, US Virgin Islands
    (0, 21, 130, 173),  # Guam, Northern Marianas, Palau, Micronesia, Marshall Islands
    (-15, -10, -173, -168),  # American Samoa
]


@dataclass(frozen=True)
class Place:
    """Somewhere on the map that a reader named. `label` is a text that finds the same place again, in any language."""

    label: str
    kind: str  # "zip", "city", "state", "point" or "address"
    coordinates: Coordinates
    state: str = ""  # two letters; empty for a point far from any ZIP code
    note: str = ""  # a sentence for the reader, if there is something to know
    also: list[str] = field(default_factory=list)  # other texts that the reader may have meant
    close_to: str = ""  # the city of the ZIP code nearest to a point: "Cambridge, MA"
    zip_code: str = ""  # where one was named
    nearest_zip_code: str = ""  # where none was, if one is close enough to tell of the ways from it

    @property
    def name(self) -> str:
        """The label in the reader's language: names of states have one in Spanish, and points are told by a city."""
        if self.close_to:
            return _("a point near %(city)s") % {"city": self.close_to}
        return state_names()[self.state] if self.state_only else self.label

    @property
    def state_only(self) -> bool:
        """The whole state was meant, so clinics elsewhere are none."""
        return self.kind == "state"

    @property
    def journeys_from(self) -> str:
        """The ZIP code whose journeys are told: what lies on the way to a clinic is worked out by ZIP code."""
        return "" if self.state_only else self.zip_code or self.nearest_zip_code

    @property
    def measured_from(self) -> Coordinates | None:
        """Where distances start. Miles from the middle of a state would say nothing about the reader."""
        return None if self.state_only else self.coordinates


class PlaceNotFound(Exception):  # noqa: N818 - what happened, not a fault of ours
    """We know no such place. The message is for the reader; `suggestions` are texts that would be found."""

    def __init__(self, sentence: str, suggestions: list[str] | None = None):
        super().__init__(sentence)
        self.suggestions = suggestions or []


class AmbiguousPlace(Exception):  # noqa: N818 - what happened, not a fault of ours
    """Several places may be meant. The message is for the reader; `choices` are texts that find each of them."""

    def __init__(self, sentence: str, choices: Iterable[str]):
        super().__init__(sentence)
        self.choices = list(choices)[:MOST_CHOICES]


class KnownZip(NamedTuple):
    """What a search needs of a ZipCode."""

    code: str
    kind: str
    city: str
    state: str
    latitude: float | None
    longitude: float | None

    @property
    def label(self) -> str:
        return f"{self.city}, {self.state} {self.code}"

    @property
    def place(self) -> Place:
        """Of one that is on the map."""
        point = Coordinates(self.latitude or 0, self.longitude or 0)
        return Place(self.label, "zip", point, self.state, _note_on(self), zip_code=self.code)

    @property
    def is_on_the_map(self) -> bool:
        return self.latitude is not None and self.kind != ZipCode.Kind.MILITARY


# Most searches begin here. Written out, for Django takes ten times as long to compose it as Postgres to answer.
_ZIP_CODE = "SELECT code, kind, city, state, latitude, longitude FROM clinics_zipcode WHERE "
ZIP_CODE = f"{_ZIP_CODE}code = %s"
ZIP_CODES = f"{_ZIP_CODE}code = ANY(%(codes)s) OR code LIKE ANY(%(starts)s) ORDER BY code"
FEW = 20  # numbers between an unknown ZIP code and the one that is offered instead; more is far-fetched
NEXT_ZIP_CODE = """SELECT code FROM clinics_zipcode
    WHERE code BETWEEN %(first)s AND %(last)s AND code <> %(code)s AND latitude IS NOT NULL AND kind <> %(military)s
    ORDER BY abs(code::int - %(code)s::int), code LIMIT 1"""


def find_zip(code: str) -> Place:
    """The place of five digits. One query; a second one for what is offered instead. Raises PlaceNotFound."""
    with connections[router.db_for_read(ZipCode)].cursor() as cursor:
        cursor.execute(ZIP_CODE, [code])
        row = cursor.fetchone()
        if row is None or row[-1] is None:
            around = {"first": max(f"{code[:3]}00", f"{int(code) - FEW:05}")}
            around["last"] = min(f"{code[:3]}99", f"{int(code) + FEW:05}")
            cursor.execute(NEXT_ZIP_CODE, {"code": code, "military": ZipCode.Kind.MILITARY.value, **around})
            neighbors = [neighbor for (neighbor,) in cursor.fetchall()]
    if row is None:
        sentence = _("We know no ZIP code %(zip)s. Check the digits, or type a city and state.")
        raise PlaceNotFound(sentence % {"zip": code}, neighbors)
    found = KnownZip(*row)
    if found.kind == ZipCode.Kind.MILITARY:
        sentence = _("%(zip)s is for military mail and has no place on a map. Type the ZIP code of where you are.")
        raise PlaceNotFound(sentence % {"zip": code})
    if found.latitude is None or found.longitude is None:
        sentence = _("We do not know where ZIP code %(zip)s lies. Type one close to it, or a city and state.")
        raise PlaceNotFound(sentence % {"zip": code}, neighbors)
    return found.place


def find_zips(codes: Iterable[str] = (), starting: Iterable[str] = ()) -> list[KnownZip]:
    """Those of the `codes` that exist, and those that begin like one of `starting`, if they have a place on a map."""
    with connections[router.db_for_read(ZipCode)].cursor() as cursor:
        cursor.execute(ZIP_CODES, {"codes": list(codes), "starts": [f"{start}%" for start in starting]})
        return [zip_code for zip_code in map(KnownZip._make, cursor.fetchall()) if zip_code.is_on_the_map]


def _note_on(zip_code: KnownZip) -> str:
    if zip_code.kind == ZipCode.Kind.PO_BOX:
        note = _("%(zip)s serves PO boxes only; distances are measured from its post office.")
        return note % {"zip": zip_code.code}
    return ""


def is_in_the_us(latitude: float, longitude: float) -> bool:
    return any(s <= latitude <= n and w <= longitude <= e for s, n, w, e in US_BOXES)


def find_point(latitude: float, longitude: float) -> Place:
    """A point, told by the city nearest to it. Raises PlaceNotFound for one on the Moon, or abroad."""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PlaceNotFound(
            _("Those numbers are no place on Earth. Type latitude and longitude in degrees, such as 42.37, -71.11.")
        )
    if not is_in_the_us(latitude, longitude):
        raise PlaceNotFound(_("That point is not in the United States. Type a ZIP code, or a city and state."))
    point = Coordinates(latitude, longitude)
    nearest = _nearest_zip_code(point)
    state, city = (nearest.state, f"{nearest.city}, {nearest.state}") if nearest else ("", "")
    label = f"{latitude:.4f}, {longitude:.4f}"
    return Place(label, "point", point, state, close_to=city, nearest_zip_code=_if_close(nearest, point))


def _if_close(zip_code: ZipCode | None, point: Coordinates) -> str:
    own = zip_code and zip_code.coordinates
    return zip_code.code if zip_code and own and miles_between(point, own) <= CLOSE_MILES else ""


def _nearest_zip_code(point: Coordinates) -> ZipCode | None:
    """The one whose own point is nearest, within about 70 miles: near enough to tell the state, for telehealth."""
    narrowing = math.cos(math.radians(point.latitude))  # of a degree of longitude
    east, north = F("longitude") - point.longitude, F("latitude") - point.latitude
    around = ZipCode.objects.filter(
        latitude__range=(point.latitude - 1, point.latitude + 1),
        longitude__range=(point.longitude - 1 / narrowing, point.longitude + 1 / narrowing),
    )
    # Of those of one town that share its middle, the one with streets: PO boxes are nobody's home.
    without_streets = Case(When(kind=ZipCode.Kind.STANDARD, then=0), default=1)
    return around.order_by((east * narrowing) ** 2 + north**2, without_streets, "code").first()


@cache
def states() -> dict[str, str]:
    """Two letters of a state or territory by every way to write it, in every language of the site."""
    forms = {search_name(form): code for form, code in STATES_NORMALIZED.items()}
    for language, _name in settings.LANGUAGES:
        forms |= {search_name(name): code for code, name in names_in(language).items()}
    military = dict(ARMED_FORCES_STATES)
    return {form: code for form, code in forms.items() if code not in military}


def state_label(code: str) -> str:
    """The name that finds the state again, whatever the reader's language: "Maine", but "New York State"."""
    return f"{english_name(code)} State" if code in ALSO_CITIES else english_name(code)


def find_state(code: str) -> Place:
    """The middle of a state: the mean of its cities' points, each weighing as many as it has ZIP codes."""
    cities = City.objects.filter(state=code)
    middle = cities.aggregate(
        latitude=Sum(F("latitude") * F("zip_count")) / Sum("zip_count", output_field=FloatField()),
        longitude=Sum(F("longitude") * F("zip_count")) / Sum("zip_count", output_field=FloatField()),
    )
    if middle["latitude"] is None:
        name = state_names().get(code, code)
        raise PlaceNotFound(_("We do not know where places in %(state)s lie on the map.") % {"state": name})
    return Place(state_label(code), "state", Coordinates(middle["latitude"], middle["longitude"]), code)


_CITY = "id, name, state, slug, search_name, latitude, longitude, zip_count, population, zip_code"
# The second half is looked for only if the first has no city of a reading as it stands.
CITIES = f"""
    WITH plain AS (SELECT * FROM unnest(%(plain_names)s::text[], %(plain_states)s::text[]) AS plain (name, state))
    SELECT {_CITY}, false AS is_alike, 1 AS similarity FROM clinics_city WHERE search_name = ANY(%(names)s)
    UNION ALL
    SELECT {_CITY}, true, similarity(search_name, %(key)s) FROM clinics_city
    WHERE %(key)s <> '' AND {{alike}} AND NOT EXISTS (
        SELECT FROM clinics_city AS known JOIN plain ON known.search_name = plain.name
        WHERE plain.state IN ('', known.state))
    ORDER BY is_alike, similarity DESC, population DESC, zip_count DESC, state, slug
"""  # noqa: S608 - our own columns
ALIKE = "search_name %% %(key)s"
ALIKE_IN_A_STATE = """(search_name = %(key)s OR state = %(state)s AND (
    search_name %% %(key)s OR starts_with(search_name, %(key)s)
    OR left(search_name, 2) = left(%(key)s, 2) AND abs(length(search_name) - length(%(key)s)) <= 2))"""


def find_cities(
    names: Iterable[str], plain: Iterable[tuple[str, str]] = (), key: str = "", state: str = ""
) -> list[City]:
    """Every city with one of these `search_name`s, the largest first; each has `is_alike`.

    If none of them has one of the `plain` pairs of name and state, also those with a name like `key`, in the stated
    `state` and of the same name elsewhere, the likest first.
    """
    plain = list(plain)
    sql = CITIES.format(alike=ALIKE_IN_A_STATE if state else ALIKE)
    given = {"names": list(set(names)), "key": key, "state": state}
    given |= {"plain_names": [name for name, _state in plain], "plain_states": [state for _name, state in plain]}
    return list(City.objects.raw(sql, given))


def as_place(city: City) -> Place:
    return Place(str(city), "city", city.coordinates, city.state, nearest_zip_code=city.zip_code)
