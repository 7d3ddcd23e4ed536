"""The pages of /find/…: kinds of clinics that people look for by name, and the ways in of the home page."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext_lazy as _

from clinics.rules import OF_TELEHEALTH, OF_THREE_DAYS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Preset:
    slug: str
    title: "StrOrPromise"
    summary: "StrOrPromise"
    explanation: "StrOrPromise"
    filters: tuple[tuple[str, str], ...] = ()  # parameters of the search
    questions: "tuple[StrOrPromise, ...]" = ()  # to ask on the phone
    is_wish: bool = False  # where no clinic near has told us that it fits, the nearest of all are shown
    topic: str = ""  # of articles to read on
    rules: tuple[str, ...] = ()  # of law and medicine, by their keys (clinics/data/rules.csv)


PRESETS = (
    Preset(
        "suboxone-clinics",
        _("Suboxone clinics"),
        _("Buprenorphine, the medicine in Suboxone"),
        _(
            "Suboxone is a brand of buprenorphine with naloxone. Buprenorphine eases withdrawal and cravings, and a "
            "doctor, nurse practitioner or physician assistant can prescribe it in an ordinary office. They no longer "
            "need a special permission for it."
        ),
        (("medication", "buprenorphine"),),
        rules=("no-waiver",),
    ),
    Preset(
        "methadone-clinics",
        _("Methadone clinics"),
        _("Opioid treatment programs that give methadone"),
        _(
            "Methadone for opioid use disorder is given only at opioid treatment programs that the federal government "
            "certifies. Ask how often you would need to come at first."
        ),
        (("medication", "methadone"),),
        rules=("opioid-treatment-programs",),
    ),
    Preset(
        "inpatient",
        _("Inpatient and residential"),
        _("You stay there, day and night"),
        _(
            "Residential programs and hospital units where you live during treatment. Ask whether you can start or "
            "keep a medication for opioid use disorder there."
        ),
        (("setting", "residential"), ("setting", "hospital-inpatient")),
    ),
    Preset(
        "outpatient",
        _("Outpatient clinics"),
        _("You live at home and come for visits"),
        _("Visits, counseling and medication while you live at home, work, and look after your family."),
        (("setting", "outpatient"),),
    ),
    Preset(
        "detox",
        _("Detox"),
        _("Medical care while your body adjusts"),
        _(
            "Medically supervised withdrawal. After it your tolerance is lower, and the same amount as before can "
            "kill: ask what treatment follows, and ask for naloxone to take home."
        ),
        (("care", "detox"),),
    ),
    Preset(
        "doctors",
        _("Opioid treatment doctors"),
        _("Buprenorphine from a doctor's office"),
        _(
            "Doctors who treat opioid use disorder with buprenorphine in an ordinary office. You need not go to a "
            "methadone clinic."
        ),
        (("kind", "office-based"),),
        rules=("no-waiver",),
    ),
    Preset(
        "telehealth",
        _("Telehealth"),
        _("Visits by phone or video"),
        _("Clinics that say they see patients by phone or video. Ask whether a first visit can be by telehealth."),
        (("setting", "telehealth"),),
        rules=OF_TELEHEALTH,
    ),
)
PRESETS_BY_SLUG = {preset.slug: preset for preset in PRESETS}

TODAY = Preset(
    "today",
    _("Treatment today"),
    _("Who can see you now, and what to ask"),
    _("The quickest way is to call. Call early in the day, and ask each clinic:"),
    (("access", "open-now"), ("access", "within-48-hours")),
    questions=(
        _("Can somebody see me today or tomorrow?"),
        _("Can I get medicine at that visit?"),
        _("What does it cost, and what do I bring?"),
    ),
    is_wish=True,
    rules=(OF_THREE_DAYS,),
)
EITHER_MEDICINE = Preset(
    "suboxone-or-methadone",
    _("Suboxone or methadone"),
    _("The medicines that ease withdrawal and cravings"),
    _(
        "Both ease withdrawal and cravings, and both lower the risk of dying of an overdose. Suboxone is a film or "
        "tablet to take at home, and a doctor's office can prescribe it. Methadone is given at certified programs, at "
        "first almost every day."
    ),
    (("medication", "buprenorphine"), ("medication", "methadone")),
    topic="medication",
)
SOMEONE_ELSE = Preset(
    "someone-i-love",
    _("For someone I love"),
    _("How to help, and whom to call for them"),
    _(
        "You may call a clinic for somebody else. Ask how a first visit goes, how soon it can be, and what it costs. "
        "Keep naloxone at home, and learn how it is given. A person who returns to use has not failed, and can start "
        "again."
    ),
    topic="family",
    rules=("naloxone-without-a-prescription",),
)


class Way(NamedTuple):
    """A way in of the home page, for people rather than for kinds of clinics."""

    preset: Preset
    title: "StrOrPromise"
    summary: "StrOrPromise"


WAYS = (
    Way(TODAY, _("Today"), TODAY.summary),
    Way(EITHER_MEDICINE, EITHER_MEDICINE.title, EITHER_MEDICINE.summary),
    Way(PRESETS_BY_SLUG["inpatient"], _("A place to stay"), _("You live there during treatment")),
    Way(SOMEONE_ELSE, SOMEONE_ELSE.title, SOMEONE_ELSE.summary),
)
PAGES = PRESETS_BY_SLUG | {way.preset.slug: way.preset for way in WAYS}
