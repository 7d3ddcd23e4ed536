"""States, the District of Columbia and the territories: two letters and a name (USPS, through localflavor)."""

from functools import cache

from django.utils.translation import override
from localflavor.us.us_states import US_STATES, US_TERRITORIES


@cache
def state_names() -> dict[str, str]:
    """{two letters: name in English}, by name."""
    with override("en"):
        return dict(sorted(((code, str(name)) for code, name in (*US_STATES, *US_TERRITORIES)), key=lambda s: s[1]))
