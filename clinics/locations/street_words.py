"""What stands in a street of the United States, as patterns: units, boxes, house numbers, names of numbered roads."""

import re

from localflavor.us.us_states import STATES_NORMALIZED


def _pattern(text: str) -> re.Pattern:
    return re.compile(text, re.IGNORECASE)


# Nothing that a geocoder can place. "Upper Box Elder Road" is a street: a box has a number, or a letter alone.
PO_BOX = _pattern(
    r"\b(?:p\.?\s*o\.?\s*(?:box|drawer)|post office box|apartado(?: postal)?)\s*#?\s*(?:\d[\w-]*|[a-z]{1,2}\b)"
    r"|\bbox\s*#?\s*\d[\w-]*"
)
# "RR 2" and "HC 1 Box 45"; behind a house number "RR 620" is a ranch road of Texas.
_RURAL = r"(?:r\.?\s?r|h\.?\s?c|rfd|rural r(?:ou)?te|star r(?:ou)?te|ruta rural)\.?\s*#?\s*\d+\w?"
_ITS_BOX = r",?\s*box\s*#?[\w-]+"
RURAL_ROUTE = _pattern(rf"^\s*{_RURAL}(?:{_ITS_BOX})?|\b{_RURAL}{_ITS_BOX}")
CARE_OF = _pattern(r"\b(?:c/o|attn\b:?|attention:|care of)\s[^,;]*")
BRACKETS = re.compile(r"\([^)]*\)")

_UNIT = (
    r"(?:suites?|stes?|apartments?|apt|units?|rooms?|rm|buildings?|bldgs?|floors?|flr?|level|pisos?|oficina|ofic"
    r"|edif(?:icio)?|local|lote?|space|spc|trailer|wing)\b\.?"
)
_ORDINAL = r"(?:\d+(?:st|nd|rd|th|er|do|ro|to)|first|second|third|fourth|fifth|ground|lower|upper|top|main)"
# Whatever stands behind a unit is part of it, or tells no more of the place.
UNIT_BEHIND = _pattern(
    rf"(?<=\w)[\s,]+(?:#\s*\w|{_UNIT}\s*#?\s*(?:\w*-?\d|[a-z]{{1,2}}\b)|{_ORDINAL}\s+(?:floor|flr?|level|piso)\b"
    r"|basement\b|penthouse\b).*$"
)
UNIT_BEFORE = _pattern(rf"^(?:{_UNIT}\s*#?\s*[\w-]+|{_ORDINAL}\s+(?:floor|flr?|piso))\s+(?=\d+\s+\D)")

# 12, 12A, 45-02 in Queens and Hawaii, N5367 and N57 W24950 in Wisconsin, 27W350 in Illinois, A-5 in Puerto Rico.
HOUSE = _pattern(r"\d+(?:-?[a-z])?(?:-\d+[a-z]?)?|\d*[nsew]\d+(?:[nsew]\d+)?")
LOT = _pattern(r"[a-z]{1,2}-?\d+")
GRID_WORDS = frozenset(["north", "south", "east", "west", "n", "s", "e", "w"])
ONLY_NUMBERS = _pattern(r"\d+(?:[\s,]+(?:and |& )?\d+)*[\s,]*")
SEVERAL_NUMBERS = _pattern(r"^\s*(\d+)(?:-\d+)?(?:(?:\s*,\s*|\s*,?\s*(?:and|&|y)\s+)\d+(?:-\d+)?)+\s+(?=\D)")
RANGE = _pattern(r"^(\d+)-[1-9]\d*\s+")  # 17-07 is one number
FRACTION = _pattern(r"^(\d+)\s*(?:\d/\d|[¼½¾])\s+")
LETTER_BEHIND = _pattern(r"^(\d+)-?[a-z]\s+(?=\w)")
GRID_IN_WORDS = _pattern(r"^(north|south|east|west|[nsew]) (\d{3,}) (?=\D)")
GRID_WITH_BLANK = _pattern(r"^([nsew]\d+) ([nsew]\d+) ")
QUEENS = ("11001", "11004", "11005", "110", "111", "113", "114", "116")  # what the ZIP codes begin with

_ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
NUMBERS = {word: number for number, word in enumerate(_ONES, 1)}
# "Six Mile Road": a number that counts something is the name of the street.
COUNTED = frozenset(
    [
        *("mile", "miles", "mill", "mills", "point", "points", "fork", "forks", "corner", "corners", "hill", "hills"),
        *("oak", "oaks", "pine", "pines", "creek", "creeks", "rivers", "springs", "lakes"),
        *("notch", "bridge", "bridges", "star", "flags"),
    ]
)

_TYPE = (
    r"(?:st|street|ave?|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|way|hwy|highway|pkwy|parkway|ct|court|pl|place"
    r"|sq|square|ter|terrace|cir|circle|pike|r(?:ou)?te|trl|trail|loop|calle|avenida|carr|carretera)"
)
STREET_TYPE = _pattern(rf"\b(?:{_TYPE}|broadway|\d+(?:st|nd|rd|th))\b")
SECOND_STREET = _pattern(r"\s+(?:and|&|at|corner of|esq(?:uina)?\.?)\s+.*$")
CORNER = _pattern(r"\b(?:corner|esquina|esq|intersection|junction)\b|\s&\s|\b(?:and|at|y)\b")

# Roads with numbers, in the words of the Census Bureau's street files, by whose names its geocoder compares.
_IS_NORTHEAST = "ne"  # before a highway; Nebraska elsewhere
_STATES = "|".join(sorted(map(re.escape, STATES_NORMALIZED.keys() - {_IS_NORTHEAST}), key=len, reverse=True))

_HIGHWAY = r"(?:highway|hwy)\.?"
_ROUTE = r"(?:route|rte|rt)\.?"
_ROAD = r"(?:road|rd)\.?"
_NUMBERED = r"[\s-]*(?=\d)"
ROADS = [
    (_pattern(rf"\bU\.?\s?S\.?[\s-]*(?:{_HIGHWAY}|{_ROUTE})?{_NUMBERED}"), "US Hwy "),
    (_pattern(rf"\b(?:interstate(?: {_HIGHWAY})?[\s-]*(?:I[\s-]*)?|I-|I (?=\d)){_NUMBERED}"), "I-"),
    (_pattern(rf"\b(?:(?:{_STATES}) (?:state )?|state |st\.? ){_HIGHWAY}{_NUMBERED}"), "State Hwy "),
    (
        _pattern(rf"\b(?:(?:{_STATES}) (?:state )?|state |st\.? ){_ROUTE}{_NUMBERED}|\bS\.?R\.?{_NUMBERED}"),
        "State Rte ",
    ),
    (_pattern(rf"\b(?:state |st\.? ){_ROAD}{_NUMBERED}"), "State Rd "),
    (_pattern(rf"\b(?:county|cnty|cty|co)\.? {_ROAD}[\s-]*(?=\d|[a-z]{{1,3}}\b)|\bC\.?R\.?{_NUMBERED}"), "Co Rd "),
    (_pattern(rf"\b(?:county|cnty|cty|co)\.? {_ROUTE}{_NUMBERED}"), "Co Rte "),
    (_pattern(rf"\b(?:county|cnty|cty|co)\.? {_HIGHWAY}[\s-]*(?=\d|[a-z]{{1,3}}\b)"), "Co Hwy "),
    (_pattern(rf"\b(?:farm[ -]to[ -]market|F\.?M\.?)(?: {_ROAD})?{_NUMBERED}"), "FM "),
    (_pattern(rf"\b(?:ranch[ -]to[ -]market|ranch|R\.?M\.?|R\.?R\.?)(?: {_ROAD})?{_NUMBERED}"), "RM "),
    (_pattern(rf"\b(navajo|indian)(?: service| svc)? (?:{_ROUTE}|{_ROAD}){_NUMBERED}"), r"\1 Svc Rte "),
    (_pattern(rf"\bBIA {_ROUTE}{_NUMBERED}"), "BIA Rte "),
    (_pattern(rf"\b{_HIGHWAY}{_NUMBERED}"), "Hwy "),
    (_pattern(rf"\b{_ROUTE}{_NUMBERED}"), "Rte "),
    (_pattern(r"(?<=\b(?:Hwy|Rte) )(\d+)/\d+"), r"\1"),  # two numbers of one road
]
NAVAJO = _pattern(r"(?<=\d )N-?(?=\d+$)")  # "12 N-64" on the Navajo Nation
NAVAJO_STATES = frozenset(["AZ", "NM", "UT"])

# "South West Street" is West Street, and in "West Avenue" the direction is the name.
DIRECTION = _pattern(
    rf"\b(?:(?:north|south)\s?(?:east|west)|north|south|east|west)\b(?!\s+{_TYPE}\b\.?(?:$|\s(?!\d)))|\b[ns]\.\s?[ew]\.?(?!\w)"
)
DIRECTIONS = {
    **{"north": "N", "south": "S", "east": "E", "west": "W"},
    **{"northeast": "NE", "northwest": "NW", "southeast": "SE", "southwest": "SW"},
}

# Puerto Rico: the place on a road is a kilometre, and an urbanización or barrio is part of an address.
_STREET = r"(?:calle|c/|avenida|avda|ave?|camino|paseo|boulevard|blvd|marginal)"
_ROAD_WITH_KILOMETRES = r"(?:carretera|carr|km)"
KILOMETRE = _pattern(r"\bk(?:m|il[oó]metro)\.?\s*(?P<km>\d+(?:[.,]\d+)?)(?:\s*h(?:m|ect[oó]metro)\.?\s*(?P<hm>\d))?")
PR_AREA = _pattern(
    r"\b(?:urb(?:anizaci[oó]n)?|bo|barrio|sect(?:or)?|bda|barriada|parc(?:elas)?|comunidad|res(?:idencial)?)\b\.?\s.*?"
    rf"(?=(?:\b[a-z]{{0,2}}-?\d[\w-]*\s+)?\b{_STREET}\b|\b{_ROAD_WITH_KILOMETRES}\b|$)"
)
PR_INTERIOR = _pattern(r"\bint(?:erior)?\b\.?(?: \d+)?")
_NUMBER_SIGN = r"(?:#|n(?:[uú]m(?:ero)?|o)?\.?\s)?\s*"
_NUMBERED_ROAD = rf"(?:carretera|carr\.?|ruta|PR|P\.R\.|state {_ROAD}|{_HIGHWAY}|{_ROUTE})"
PR_ROADS = [
    (_pattern(rf"\b{_NUMBERED_ROAD}[\s-]*(?:PR-?|{_NUMBER_SIGN})(?=\d)"), "Carr "),
    (_pattern(r"\b(?:avenida|avda)\b\.?"), "Ave"),
    (_pattern(r"\bc/\s*"), "Calle "),
]
PR_NUMBER_BEHIND = _pattern(
    rf"(?P<street>{_STREET}(?:\.|\b)\s*.*?\w)[\s,]+{_NUMBER_SIGN}(?P<number>[a-z]{{0,2}}-?\d+(?:-\d+)?)"
)
NO_STREET = frozenset(["norte", "sur", "este", "oeste", "int", "interior", "final"])  # behind a number
