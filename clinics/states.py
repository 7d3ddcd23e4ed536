"""States, the District of Columbia, territories, freely associated states: two letters and a name (USPS)."""

from functools import cache

from django.utils.translation import override
from localflavor.us.us_states import COFA_STATES, US_STATES, US_TERRITORIES


@cache
def state_names() -> dict[str, str]:
    """{two letters: name in English}, by name."""
    with override("en"):
        names = {code: str(name) for code, name in (*US_STATES, *US_TERRITORIES, *COFA_STATES)}
    return dict(sorted(names.items(), key=lambda state: state[1]))
