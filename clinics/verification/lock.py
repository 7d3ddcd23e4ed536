"""The one lock on the facts that steer a patient: for every writer, whether a change is live at once or waits.

What waits is a row that an editor decides after a second way of asking: ProposedChange, or a Submission of the owner's
form. Until then readers see the old fact, and the old contact is told (`clinics.verification.proposals`).

tests/test_lock.py finds every place in the code that writes one of these facts, and names its writer.
"""

from collections.abc import Iterable

from django.db import models
from django.utils.translation import gettext_lazy as _

# Where a patient calls, clicks or goes, and whom they expect there. `point`: the pin on the map.
STEERING = frozenset(
    [
        *("name", "name_detail", "phone", "intake_phones", "hotlines", "other_phones", "website"),
        *("street", "street_detail", "city", "state", "zip_code", "zip4", "point"),
        *("is_listed", "closed_on", "practitioners"),
    ]
)


class Writer(models.TextChoices):
    """Who writes facts of clinics, by the way they come in."""

    OWNER = "owner", _("the form of an owner or of somebody they invited")
    LINK = "link", _("the link of a mail that asks whether all is still right")
    CALLER = "caller", "a caller, who reports and answers questions"
    READER = "reader", "a reader's report, which is only a warning"
    EDITOR = "editor", "an editor in the admin, also when they approve, merge, or take over a fact of a list"
    IMPORT = "import", "a list, for facts that no person has confirmed"
    RESTORE = "restore", "the undoing of an import, or an export that is read back"
    DEMO = "demo", "the invented directory"


LIVE_AT_ONCE = frozenset([Writer.EDITOR, Writer.IMPORT, Writer.RESTORE, Writer.DEMO])


def waits(writer: Writer, facts: Iterable[str]) -> bool:
    """Whether a change of these facts (names of columns, "point" or "practitioners") by this writer waits."""
    return writer not in LIVE_AT_ONCE and not STEERING.isdisjoint(facts)


def refuse_if_waiting(writer: Writer, facts: Iterable[str]) -> None:
    """For code that is about to write. Raises PermissionError, which is a fault of ours, never of the person."""
    if waits(writer, facts):
        raise PermissionError(f"{writer} may not change {sorted(STEERING.intersection(facts))} without an editor.")
