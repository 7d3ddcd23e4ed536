"""Names and streets in the form in which two rows are compared.

Spellings of one thing become the same here; what distinguishes two things stays.
"""

import hashlib
import re
import unicodedata

LONGEST_KEY = 200  # characters, as SourceRecord keeps them
UNIT_MARK = " # "  # separates the street of a key from its suite, floor or building

# The legal form of a company does not identify a place.
EMPTY_WORDS = frozenset(
    [
        *("inc", "incorporated", "llc", "llp", "lllp", "ltd", "corp", "corporation", "pc", "pllc", "plc", "psc"),
        *("dba", "the"),
    ]
)
NAME_WORDS = {
    "add": "addiction",
    "alc": "alcohol",
    "assoc": "associate",
    "associates": "associate",
    "behav": "behavioral",
    "behavioural": "behavioral",
    "bh": "behavioral health",
    "centers": "center",
    "centre": "center",
    "clinics": "clinic",
    "cmhc": "community mental health center",
    "comm": "community",
    "counselling": "counseling",
    "county": "co",
    "csl": "counseling",
    "ctr": "center",
    "ctrs": "center",
    "dept": "department",
    "fort": "ft",
    "healthcare": "health care",
    "hlth": "health",
    "hlthcare": "health care",
    "hosp": "hospital",
    "ip": "inpatient",
    "mens": "men",
    "mh": "mental health",
    "mount": "mt",
    "op": "outpatient",
    "prog": "program",
    "programs": "program",
    "rehab": "rehabilitation",
    "saint": "st",
    "serv": "service",
    "services": "service",
    "servs": "service",
    "srvs": "service",
    "subst": "substance",
    "svcs": "service",
    "systems": "system",
    "trt": "treatment",
    "univ": "university",
    "womens": "women",
}

# From USPS Publication 28, appendices B and C: streets, directions and units, with their abbreviations.
STREET_WORDS = {
    "alley": "aly",
    "av": "ave",
    "avenida": "ave",
    "avenue": "ave",
    "boulevard": "blvd",
    "bypass": "byp",
    "carretera": "carr",
    "causeway": "cswy",
    "center": "ctr",
    "centre": "ctr",
    "circle": "cir",
    "court": "ct",
    "crossing": "xing",
    "drive": "dr",
    "east": "e",
    "eighth": "8th",
    "expressway": "expy",
    "extension": "ext",
    "fifth": "5th",
    "first": "1st",
    "fort": "ft",
    "fourth": "4th",
    "freeway": "fwy",
    "heights": "hts",
    "highway": "hwy",
    "junction": "jct",
    "lane": "ln",
    "mount": "mt",
    "ninth": "9th",
    "north": "n",
    "northeast": "ne",
    "northwest": "nw",
    "parkway": "pkwy",
    "pky": "pkwy",
    "place": "pl",
    "plaza": "plz",
    "point": "pt",
    "road": "rd",
    "route": "rte",
    "rt": "rte",
    "saint": "st",
    "second": "2nd",
    "seventh": "7th",
    "sixth": "6th",
    "south": "s",
    "southeast": "se",
    "southwest": "sw",
    "square": "sq",
    "station": "sta",
    "str": "st",
    "street": "st",
    "tenth": "10th",
    "terrace": "ter",
    "third": "3rd",
    "trail": "trl",
    "turnpike": "tpke",
    "west": "w",
}
UNIT_WORDS = {
    "#": "#",
    "apartment": "apt",
    "apt": "apt",
    "bldg": "bldg",
    "building": "bldg",
    "department": "dept",
    "dept": "dept",
    "fl": "fl",
    "floor": "fl",
    "floors": "fl",
    "flr": "fl",
    "level": "fl",
    "lower": "lower",
    "rm": "rm",
    "room": "rm",
    "rooms": "rm",
    "ste": "ste",
    "stes": "ste",
    "suite": "ste",
    "suites": "ste",
    "unit": "unit",
    "units": "unit",
    "upper": "upper",
    "wing": "wing",
}
ORDINAL = re.compile(r"([0-9]+)(?:st|nd|rd|th)")


def words_of(text: str) -> list[str]:
    """In lower case, without accents and punctuation: `U.S. St.Mary's & Sons` is us st marys and sons."""
    if not text.isascii():
        text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    text = re.sub(r"['’‘`]", "", text.casefold().replace("&", " and "))
    text = re.sub(r"(?<=[a-z]{2})\.(?=[a-z])", " ", text).replace(".", "")
    return re.findall(r"[^\W_]+|#", text)


def name_key(name: str, name_detail: str) -> str:
    """The name in the form in which it is compared; never empty."""
    if name_detail.upper() in ("NA", "N/A"):  # some lists print this where there is no trade name
        name_detail = ""
    words = [word for word in words_of(f"{name} {name_detail}") if word != "#"]
    compared = [NAME_WORDS.get(word, word) for word in words if word not in EMPTY_WORDS]
    return (" ".join(compared or words) or name.casefold())[:LONGEST_KEY]


def street_key(street: str, street_detail: str) -> str:
    """The street in the form in which it is compared, UNIT_MARK and the unit; "" for a withheld address (`- - -`)."""
    words = words_of(street)
    at = next((at for at, word in enumerate(words) if at and word in UNIT_WORDS), len(words))
    if at < len(words) and UNIT_WORDS[words[at]] == "fl" and ORDINAL.fullmatch(words[at - 1]):
        at -= 1  # "5 Main Street 2nd Floor"
    address = " ".join(STREET_WORDS.get(word, word) for word in words[:at] if word != "#")
    if not address:
        return ""
    units = [UNIT_WORDS.get(word, STREET_WORDS.get(word, word)) for word in [*words[at:], *words_of(street_detail)]]
    unit = " ".join(sorted(ORDINAL.sub(r"\1", word) for word in units))
    return (address + UNIT_MARK + unit if unit else address)[:LONGEST_KEY]


def address_of(key: str) -> str:
    """The street of a street key without the unit. In SQL: split_part(street_key, ' # ', 1)."""
    return key.partition(UNIT_MARK)[0]


def house_of(key: str) -> str:
    """The house number of a street key, "" if it does not start with one."""
    return key.split(" ")[0] if key[:1].isdigit() else ""


def place_key(name: str, street: str, zip_code: str) -> int | None:
    """A number that the programs of one organization at one address share; None without a street.

    `name` is the organization's, without that of the program; suites of one house are one address.
    """
    address = address_of(street_key(street, ""))
    if not (address and zip_code):
        return None
    key = "\n".join([name_key(name, ""), address, zip_code])
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest()) >> 1  # a bigint has a sign


def is_withheld(street: str) -> bool:
    """Whether `street` is only dashes, which SAMHSA prints for an address that the clinic keeps private."""
    return bool(street.strip()) and not words_of(street)


def digest(*parts: str) -> str:
    """32 hexadecimal digits that are the same for the same parts."""
    return hashlib.blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
