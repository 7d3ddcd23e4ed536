"""Rules as pages and articles show them, by their key, and the file of those that the project ships."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path

from django.core.cache import caches
from django.db import Error
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from clinics import shipped
from clinics.models import Rule
from clinics.shipped import Loaded

FILE = Path(__file__).parent / "data" / "rules.csv"
COLUMNS = (
    *("key", "title_en", "title_es", "text_en", "text_es", "states", "valid_from", "valid_until"),
    *("source", "source_url", "checked_on", "review_by"),
)
KNOWN_SECONDS = 30  # pages that must answer without a database show rules too
OF_TELEHEALTH = ("telehealth-six-months", "telehealth-first-visit")  # what ends comes last
OF_THREE_DAYS = "three-day-rule"
_stored: ContextVar[dict[str, Rule] | None] = ContextVar("stored rules", default=None)


def rules_html(*keys: str, state: str | None = "", today: date | None = None) -> SafeString:
    """The rules with these keys, as they stand `today`; those that nobody knows are left out.

    `state`: where the reader is, "" if that is not known; None tells the rules of any state, each with its name.
    """
    day = today or timezone.localdate()
    known = _known()
    shown = [known[key] for key in keys if key in known and known[key].is_of(state)]
    return mark_safe("".join(_rule_html(rule, day) for rule in shown))  # noqa: S308 - each is a filled template


def words_of(keys: Iterable[str], language: str) -> list[list[str]]:
    """What the rules with these keys say, without what depends on the day or on when their source was read."""
    if not (keys := list(keys)):
        return []
    known = _known()
    column = "es" if language == "es" else "en"
    return [
        [
            *(key, getattr(rule, f"title_{column}"), getattr(rule, f"text_{column}"), *rule.states),
            *(str(rule.valid_from), str(rule.valid_until or ""), rule.source, rule.source_url),
        ]
        for key in keys
        if (rule := known.get(key))
    ]


def keys_of_state(state: str) -> list[str]:
    """Of the rules that are of this state alone, or of a few states with it."""
    return [key for key, rule in _known().items() if state in rule.states]


def titles() -> list[tuple[str, str]]:
    """(key, title) of every rule, for those who choose one."""
    return [(key, rule.title) for key, rule in sorted(_known().items())]


def unknown(keys: Iterable[str]) -> list[str]:
    """Those of the keys that are no rule's."""
    known = _known()
    return [key for key in keys if key not in known]


def not_loaded() -> bool:
    """Whether one that the project ships is not in the table."""
    shipped_keys = {row["key"] for _line, row in shipped.rows_of(FILE, COLUMNS)}
    return Rule.objects.filter(key__in=shipped_keys).count() < len(shipped_keys)


def _rule_html(rule: Rule, day: date) -> str:
    return render_to_string(
        "clinics/_rule.html", {"rule": rule, "standing": rule.standing(day), "is_overdue": rule.is_overdue(day)}
    )


def _known() -> dict[str, Rule]:
    """All rules by key; none where the database does not answer."""
    if (stored := _stored.get()) is not None:
        return stored
    try:
        known = caches["process"].get_or_set("rules", lambda: Rule.objects.in_bulk(field_name="key"), KNOWN_SECONDS)
    except Error:
        return {}
    return known or {}


@contextmanager
def as_stored() -> Iterator[None]:
    """Inside, a rule is what its table says by now, in this transaction, and not what this process remembers of it."""
    token = _stored.set(Rule.objects.in_bulk(field_name="key"))
    try:
        yield
    finally:
        _stored.reset(token)


def forget() -> None:
    """What an editor changed shows at once in this process."""
    caches["process"].delete("rules")


def load(path: Path = FILE) -> Loaded:
    """Write the rules of the file into their table. What an editor wrote stays. Raises shipped.Unreadable."""
    loaded = shipped.load(Rule, path, COLUMNS, key="key", of_reading=("checked_on", "review_by"))
    forget()
    return loaded
