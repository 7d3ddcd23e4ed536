"""How much a test tries: little in `make test`, least in `make test-fast`, a lot in `make test-deep`.

EXAMPLES=50 sets one number for all.
"""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("EXAMPLES", "0"))
# What is timed is a benchmark, not a test.
settings.register_profile("suite", deadline=None, max_examples=EXAMPLES or 25)
settings.register_profile("fast", deadline=None, max_examples=EXAMPLES or 5)
settings.register_profile("deep", deadline=None, max_examples=EXAMPLES or 1000)
settings.load_profile("suite")  # until pytest's --hypothesis-profile says another


def tries(suite: int, deep: int) -> int:
    """How often to try, where one try takes longer than the profile's number allows for, or is no property test."""
    return EXAMPLES or (deep if settings.get_current_profile_name() == "deep" else suite)
