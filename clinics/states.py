"""States, the District of Columbia, territories, freely associated states: two letters and a name (USPS)."""

from functools import cache

from django.utils.text import slugify
from django.utils.translation import get_language, gettext, override
from localflavor.us.us_states import COFA_STATES, US_STATES, US_TERRITORIES

from clinics.postal_codes import POSTAL_CODES


def state_names() -> dict[str, str]:
    """{two letters: name in the reader's language}, by name."""
    return names_in(get_language() or "en")


def english_name(code: str) -> str:
    """The name in English, whatever the reader's language; the code itself if it is unknown."""
    return names_in("en").get(code, code)


@cache
def names_in(language: str) -> dict[str, str]:
    with override("en"):
        english = dict([*US_STATES, *US_TERRITORIES, *COFA_STATES])
        names = {code: str(english[code]) for code in POSTAL_CODES}
    with override(language):
        names = {code: gettext(name) for code, name in names.items()}
    return dict(sorted(names.items(), key=lambda state: slugify(state[1])))  # Míchigan before Minnesota


# Two letters of each state, then of those that it shares a border with, on land or over a bridge.
_BORDERS = """
AL FL GA MS TN
AR LA MO MS OK TN TX
AZ CA CO NM NV UT
CA AZ NV OR
CO AZ KS NE NM OK UT WY
CT MA NY RI
DC MD VA
DE MD NJ PA
FL AL GA
GA AL FL NC SC TN
IA IL MN MO NE SD WI
ID MT NV OR UT WA WY
IL IA IN KY MO WI
IN IL KY MI OH
KS CO MO NE OK
KY IL IN MO OH TN VA WV
LA AR MS TX
MA CT NH NY RI VT
MD DC DE PA VA WV
ME NH
MI IN OH WI
MN IA ND SD WI
MO AR IA IL KS KY NE OK TN
MS AL AR LA TN
MT ID ND SD WY
NC GA SC TN VA
ND MN MT SD
NE CO IA KS MO SD WY
NH MA ME VT
NJ DE NY PA
NM AZ CO OK TX UT
NV AZ CA ID OR UT
NY CT MA NJ PA VT
OH IN KY MI PA WV
OK AR CO KS MO NM TX
OR CA ID NV WA
PA DE MD NJ NY OH WV
RI CT MA
SC GA NC
SD IA MN MT ND NE WY
TN AL AR GA KY MO MS NC VA
TX AR LA NM OK
UT AZ CO ID NM NV WY
VA DC KY MD NC TN WV
VT MA NH NY
WA ID OR
WI IA IL MI MN
WV KY MD OH PA VA
WY CO ID MT NE SD UT
"""
_NEIGHBORS = {code: others for code, *others in map(str.split, _BORDERS.strip().splitlines())}


def neighbors_of(code: str) -> list[str]:
    """The states next to a state, by name; none for islands, Alaska and territories."""
    return sorted(_NEIGHBORS.get(code, []), key=state_names().__getitem__)
