"""What a reader asks on the phone, in the order in which a desk can answer.

Questions whose answers are facts have their words in the registry; the others are written here alone.
"""

from django.utils.translation import gettext_lazy as _

from clinics.questions.registry import QUESTIONS

TO_ASK = {
    "medicine": _("Do you give medicine for opioids?"),
    "which medicine": _("Which medicine for opioids do you give?"),
    "new patients": QUESTIONS["accepting_new_patients"].ask,
    "ages": _("Which ages do you treat?"),
    "spanish": _("Do you speak Spanish?"),
    "first visit": QUESTIONS["days_to_first_visit"].ask,
    "medicine at first visit": QUESTIONS["medication_at_first_visit"].ask,
    "cost": QUESTIONS["first_visit_cents"].ask,
    "counseling": QUESTIONS["counseling_required"].ask,
    "hours": _("When are you open?"),
    "walk-in": QUESTIONS["walk_in_hours"].ask,
    "by telehealth": QUESTIONS["telehealth_states"].ask,
    "address": _("What is your address?"),
    "bring": _("What do I bring?"),
}
# Those that decide whether a call leads to treatment, as many as a text message holds.
FIRST = ("new patients", "medicine at first visit")
# Those of a call sheet, whose clinics say different things.
OF_A_SHEET = ("new patients", "first visit", "medicine at first visit", "cost", "counseling", "bring")


def questions(names) -> list[str]:
    """These of TO_ASK, in its order and the reader's language."""
    wanted = set(names)
    return [str(question) for name, question in TO_ASK.items() if name in wanted]
