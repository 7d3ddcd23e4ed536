"""What to ask on the phone. Each question is written here alone, in the order in which a desk can answer."""

from django.utils.translation import gettext_lazy as _

TO_ASK = {
    "medicine": _("Do you give medicine for opioids?"),
    "which medicine": _("Which medicine for opioids do you give?"),
    "new patients": _("Do you take new patients?"),
    "ages": _("Which ages do you treat?"),
    "spanish": _("Do you speak Spanish?"),
    "first visit": _("When is the earliest first visit?"),
    "medicine at first visit": _("Can I get the medicine at the first visit?"),
    "cost": _("What does the first visit cost with my insurance, or without any?"),
    "counseling": _("Do I have to do counseling?"),
    "hours": _("When are you open?"),
    "walk-in": _("Can I come without an appointment?"),
    "by telehealth": _("Can I start by phone or video?"),
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
