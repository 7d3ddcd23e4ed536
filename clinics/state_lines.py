"""The telephone lines of states: the file that the project ships, and those of one state."""

from pathlib import Path

from clinics import shipped
from clinics.models import StateLine
from clinics.shipped import Loaded

FILE = Path(__file__).parent / "data" / "state_lines.csv"
COLUMNS = (
    *("key", "state", "name", "phone", "is_day_and_night", "hours_en", "hours_es"),
    *("source", "source_url", "as_of", "valid_until"),
)


def load(path: Path = FILE) -> Loaded:
    """Write the lines of the file into their table. What an editor wrote stays. Raises shipped.Unreadable."""
    return shipped.load(StateLine, path, COLUMNS, key="key")


def lines_of(state: str) -> list[StateLine]:
    """Those that we may still tell."""
    return list(StateLine.objects.current().filter(state=state, is_shown=True)) if state else []
