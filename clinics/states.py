"""States, the District of Columbia, territories, freely associated states: two letters and a name (USPS)."""

from functools import cache

from django.utils.text import slugify
from django.utils.translation import get_language, gettext, override
from localflavor.us.us_states import COFA_STATES, US_STATES, US_TERRITORIES


def state_names() -> dict[str, str]:
    """{two letters: name in the reader's language}, by name."""
    return names_in(get_language() or "en")


def english_name(code: str) -> str:
    """The name that stays the same whoever reads; the two letters themselves where there is none."""
    return names_in("en").get(code, code)


@cache
def names_in(language: str) -> dict[str, str]:
    with override("en"):
        names = {code: str(name) for code, name in (*US_STATES, *US_TERRITORIES, *COFA_STATES)}
    with override(language):
        names = {code: gettext(name) for code, name in names.items()}
    return dict(sorted(names.items(), key=lambda state: slugify(state[1])))  # Míchigan before Minnesota
