"""Where is that? A ZIP code, a city, a state or a point that someone typed, looked up in our own tables only."""

import math
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from django.conf import settings
from django.contrib.postgres.search import TrigramSimilarity
from django.db import connections, router
from django.db.models import F, FloatField, Q, Sum
from django.utils.translation import gettext as _
from localflavor.us.us_states import ARMED_FORCES_STATES, STATES_NORMALIZED

from clinics.geo import Coordinates
from clinics.models.places import City, ZipCode
from clinics.states import english_name, names_in, state_names

LONGEST_TEXT = 100  # characters
MOST_CHOICES = 12
MOST_SUGGESTIONS = 5

ONLY_A_ZIP = re.compile(r"([0-9]{3,5})|([0-9]{3,5})-([0-9]{4})|([0-9]{3,5})([0-9]{4})")
ZIP_AT_THE_END = re.compile(r"(?:.*[^0-9-])?\b([0-9]{5})(?:-[0-9]{4})?")
POINT = re.compile(r"([+-]?[0-9]+(?:\.[0-9]*)?)(?: ?[,;] ?| )([+-]?[0-9]+(?:\.[0-9]*)?)")
COUNTRY = re.compile(r"[, ]+(?:usa|u\.s\.a\.|united states(?: of america)?)$", re.IGNORECASE)

# What a word of a place's name is folded to, so that "Saint Louis" is found as "St. Louis".
SHORT_WORDS = {"saint": "st", "sainte": "ste", "fort": "ft", "mount": "mt", "and": ""}

# Names of states, and LA, by which many people mean a city.
ALSO_A_CITY = {
    **dict.fromkeys(["newyork", "nuevayork"], "New York, NY"),
    "washington": "Washington, DC",
    "la": "Los Angeles, CA",
}

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
    kind: str  # "zip", "city", "state" or "point"
    coordinates: Coordinates
    state: str = ""  # two letters; empty for a point far from any ZIP code
    note: str = ""  # a sentence for the reader, if there is something to know
    also: list[str] = field(default_factory=list)  # other texts that the reader may have meant
    close_to: str = ""  # the city of the ZIP code nearest to a point: "Cambridge, MA"
    zip_code: str = ""  # where one was named

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
    def measured_from(self) -> Coordinates | None:
        """Where distances start. Miles from the middle of a state would say nothing about the reader."""
        return None if self.state_only else self.coordinates


class PlaceNotFound(Exception):  # noqa: N818 - what happened, not a fault of ours
    """We know no such place. The message is for the reader; `suggestions` are texts that would be found."""

    def __init__(self, sentence: str, suggestions: list[str] | None = None):
        super().__init__(sentence)
        self.suggestions = suggestions or []


class AmbiguousPlace(Exception):  # noqa: N818 - what happened, not a fault of ours
    """Several places have that name. The message is for the reader; `choices` are the largest of them."""

    def __init__(self, sentence: str, choices: list[Place]):
        super().__init__(sentence)
        self.choices = choices


def locate(text: str) -> Place:
    """The place that `text` names: a ZIP code, "City, ST", a city, a state or "latitude,longitude".

    Source: our own tables, one query (a second one looks for what may have been meant; a point needs none).
    Raises PlaceNotFound or AmbiguousPlace, whose messages tell the reader what to do.
    """
    text = _readable(text)
    point = POINT.fullmatch(text)
    if not (point and "." in text) and (code := _zip_code_in(text)):  # five decimals of a degree are no ZIP code
        return _locate_zip(code)
    if point:
        return _locate_point(*map(float, point.groups()))
    if not any(character.isalpha() for character in text):
        raise PlaceNotFound(
            _("A ZIP code has five digits, such as 02139. Check the digits, or type a city and state.")
        )
    if state := _states().get(search_name(text)):
        return _locate_state(state, text)
    return _locate_city(text)


def search_name(name: str) -> str:
    """A name as it is compared: lower case without accents, punctuation and blanks; "Saint" is "st".

    Blanks go too, for people write McLean and Mc Lean, O'Fallon and O Fallon.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.split(r"[^a-z0-9]+", plain)
    return "".join(SHORT_WORDS.get(word, word) for word in words)


def _readable(text: str) -> str:
    """`text` with single blanks and plain digits and letters, without the country. Raises PlaceNotFound."""
    if len(text) > LONGEST_TEXT:
        raise PlaceNotFound(_("That is too long for a place. Type a ZIP code, or a city and state."))
    text = " ".join(unicodedata.normalize("NFKC", text).split()).strip(" .,;")
    if not text:
        raise PlaceNotFound(_("Type a ZIP code, or a city and state such as Baltimore, MD."))
    if not text.isprintable():
        raise PlaceNotFound(_("Some characters of that cannot be read. Type a ZIP code, or a city and state."))
    return COUNTRY.sub("", text)


def _zip_code_in(text: str) -> str:
    """The five digits of the ZIP code that `text` is or ends with, lost leading zeros restored; "" if none."""
    if found := ONLY_A_ZIP.fullmatch(text.replace(" ", "")):
        return next(filter(None, (found[1], found[2], found[4]))).zfill(5)
    found = ZIP_AT_THE_END.fullmatch(text)
    return found[1] if found else ""


# Most searches begin here. Written out, for Django takes ten times as long to compose it as Postgres to answer.
ZIP_CODE = "SELECT code, kind, city, state, latitude, longitude FROM clinics_zipcode WHERE code = %s"
NEXT_ZIP_CODE = """SELECT code FROM clinics_zipcode
    WHERE code BETWEEN %(first)s AND %(last)s AND code <> %(code)s AND latitude IS NOT NULL AND kind <> %(military)s
    ORDER BY abs(code::int - %(code)s::int), code LIMIT 1"""


def _locate_zip(code: str) -> Place:
    with connections[router.db_for_read(ZipCode)].cursor() as cursor:
        cursor.execute(ZIP_CODE, [code])
        row = cursor.fetchone()
        if row is None or row[-1] is None:
            military = ZipCode.Kind.MILITARY.value
            area = {"code": code, "first": f"{code[:3]}00", "last": f"{code[:3]}99", "military": military}
            cursor.execute(NEXT_ZIP_CODE, area)
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
    label = f"{found.city}, {found.state} {found.code}"
    point = Coordinates(found.latitude, found.longitude)
    return Place(label, "zip", point, found.state, _note_on(found), zip_code=found.code)


class KnownZip(NamedTuple):
    """What a search needs of a ZipCode."""

    code: str
    kind: str
    city: str
    state: str
    latitude: float | None
    longitude: float | None


def _note_on(zip_code: KnownZip) -> str:
    if zip_code.kind == ZipCode.Kind.PO_BOX:
        note = _("%(zip)s serves PO boxes only; distances are measured from its post office.")
        return note % {"zip": zip_code.code}
    return ""


def _locate_point(latitude: float, longitude: float) -> Place:
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise PlaceNotFound(
            _("Those numbers are no place on Earth. Type latitude and longitude in degrees, such as 42.37, -71.11.")
        )
    if not any(s <= latitude <= n and w <= longitude <= e for s, n, w, e in US_BOXES):
        raise PlaceNotFound(_("That point is not in the United States. Type a ZIP code, or a city and state."))
    point = Coordinates(latitude, longitude)
    nearest = _nearest_zip_code(point)
    state, city = (nearest.state, f"{nearest.city}, {nearest.state}") if nearest else ("", "")
    return Place(f"{latitude:.4f}, {longitude:.4f}", "point", point, state, close_to=city)


def _nearest_zip_code(point: Coordinates) -> ZipCode | None:
    """The one whose own point is nearest, within about 70 miles: near enough to tell the state, for telehealth."""
    narrowing = math.cos(math.radians(point.latitude))  # of a degree of longitude
    east, north = F("longitude") - point.longitude, F("latitude") - point.latitude
    around = ZipCode.objects.filter(
        latitude__range=(point.latitude - 1, point.latitude + 1),
        longitude__range=(point.longitude - 1 / narrowing, point.longitude + 1 / narrowing),
    )
    return around.order_by((east * narrowing) ** 2 + north**2, "code").first()


@cache
def _states() -> dict[str, str]:
    """Two letters of a state or territory by every way to write it, in every language of the site."""
    forms = {search_name(form): code for form, code in STATES_NORMALIZED.items()}
    for language, _name in settings.LANGUAGES:
        forms |= {search_name(name): code for code, name in names_in(language).items()}
    military = dict(ARMED_FORCES_STATES)
    return {form: code for form, code in forms.items() if code not in military}


def _locate_state(state: str, text: str) -> Place:
    """The middle of a state: the mean of its cities' points, each weighing as many as it has ZIP codes."""
    cities = City.objects.filter(state=state)
    middle = cities.aggregate(
        latitude=Sum(F("latitude") * F("zip_count")) / Sum("zip_count", output_field=FloatField()),
        longitude=Sum(F("longitude") * F("zip_count")) / Sum("zip_count", output_field=FloatField()),
    )
    name = state_names().get(state, state)
    if middle["latitude"] is None:
        raise PlaceNotFound(_("We do not know where places in %(state)s lie on the map.") % {"state": name})
    city = ALSO_A_CITY.get(search_name(text))
    note = _("These are clinics in the whole state of %(state)s. For the city, search for %(city)s.") if city else ""
    return Place(
        english_name(state),
        "state",
        Coordinates(middle["latitude"], middle["longitude"]),
        state,
        note % {"state": name, "city": city} if city else "",
        [city] if city else [],
    )


def _locate_city(text: str) -> Place:
    readings = _readings(text)
    wanted = Q()
    for name, state in readings:
        wanted |= Q(search_name=search_name(name), state=state) if state else Q(search_name=search_name(name))
    found = list(City.objects.filter(wanted).order_by("-zip_count", "state", "slug"))
    for name, state in readings:
        cities = [c for c in found if c.search_name == search_name(name) and state in ("", c.state)]
        if state:
            cities = cities[:1]
        if len(cities) == 1:
            return _as_place(cities[0])
        if cities:
            several = _("There are several places called %(city)s. Which one do you mean?")
            choices = [_as_place(city) for city in cities[:MOST_CHOICES]]
            raise AmbiguousPlace(several % {"city": cities[0].name}, choices)
    raise _no_such_city(text, *readings[0])


def _as_place(city: City) -> Place:
    return Place(str(city), "city", Coordinates(city.latitude, city.longitude), city.state)


def _readings(text: str) -> list[tuple[str, str]]:
    """The ways to read `text` as (city, state), likeliest first; the state is empty where none is stated.

    "Port Washington" is a Port in the state of Washington, or, as there is none, every Port Washington.
    """
    before, comma, after = text.rpartition(",")
    if comma:
        city = before.rpartition(",")[2]  # what stands before it is a street
        return [(city, _states().get(search_name(after), ""))] if search_name(city) else [(after, "")]
    words = text.split()
    readings = [
        (" ".join(words[:-count]), _states()[search_name(" ".join(words[-count:]))])
        for count in range(min(4, len(words) - 1), 0, -1)
        if search_name(" ".join(words[-count:])) in _states()
    ]
    return [*readings, (text, "")]


def _no_such_city(text: str, name: str, state: str) -> PlaceNotFound:
    """Why not, with the names most like it: those of the state, else of the country; or the name in other states."""
    name = search_name(name)
    like = Q(search_name__trigram_similar=name)
    cities = City.objects.filter(like & Q(state=state) | Q(search_name=name) if state else like)
    nearest = cities.order_by(TrigramSimilarity("search_name", name).desc(), "-zip_count", "state")
    suggestions = [str(city) for city in nearest[:MOST_SUGGESTIONS]]
    if not suggestions:
        sentence = _("We know no place called “%(text)s”. Check the spelling, or type a ZIP code.")
        return PlaceNotFound(sentence % {"text": text})
    sentence = _("We know no place called “%(text)s”. The nearest names are: %(names)s. Or type a ZIP code.")
    return PlaceNotFound(sentence % {"text": text, "names": "; ".join(suggestions)}, suggestions)
