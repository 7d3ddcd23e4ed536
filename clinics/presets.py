"""The presets of /find/…: filters that people look for by name, and what they mean."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Preset:
    slug: str
    title: "StrOrPromise"
    summary: "StrOrPromise"
    explanation: "StrOrPromise"
    filters: tuple[tuple[str, str], ...]  # parameters of the search


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
    ),
    Preset(
        "telehealth",
        _("Telehealth"),
        _("Visits by phone or video"),
        _("Clinics that say they see patients by phone or video. Ask whether a first visit can be by telehealth."),
        (("setting", "telehealth"),),
    ),
)
PRESETS_BY_SLUG = {preset.slug: preset for preset in PRESETS}
