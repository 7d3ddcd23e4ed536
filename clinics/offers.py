"""All that a clinic says it offers, by group and with one line for one thing; and what it says it does not offer.

Lists state one medicine in up to nine codes: that it is used, that somebody prescribes it, its forms, what it is for.
For a reader that is one medicine. `MEDICINES` is the one place of that rule; the search keeps the codes.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinics.models import Clinic, Service
from clinics.models.services import SHOWN_GROUPS
from clinics.search.statements import ALCOHOL


@dataclass(frozen=True, eq=False)
class Medicine:
    """Services that are one medicine, each with the form it states: "" where none, None where its own name is one."""

    name: Promise
    explanation: Promise | str
    forms: dict[str, Promise | str | None]


_OUTSIDE = (_("in its network"), _("under contract"), _("elsewhere"))
_ONGOING, _FOR_SET_TIME, _DETOX = (
    _("ongoing treatment"),
    _("treatment for a set time"),
    _("to ease withdrawal (detox)"),
)
_ANTIPSYCHOTICS = (
    *("chlorpromazine", "droperidol", "fluphenazine", "haloperidol", "loxapine", "perphenazine", "pimozide"),
    *("prochlorperazine", "thiothixene", "thioridazine", "trifluoperazine", "aripiprazole", "asenapine"),
    *("brexpiprazole", "cariprazine", "clozapine", "iloperidone", "lurasidone", "olanzapine"),
    *("olanzapine-fluoxetine", "paliperidone", "quetiapine", "risperidone", "ziprasidone"),
)


def _from_outside(prefix: str) -> dict[str, Promise | str | None]:
    """Who prescribes a medicine that a clinic does not give itself."""
    slugs = (f"{prefix}-from-{who}-prescriber" for who in ("network", "contracted", "unconnected"))
    return dict(zip(slugs, _OUTSIDE, strict=True))


MEDICINES = (
    Medicine(
        _("Buprenorphine (Suboxone)"),
        _("It eases withdrawal and cravings."),
        {
            "buprenorphine-in-treatment": "",
            "prescribes-buprenorphine": "",
            "buprenorphine-with-naloxone": _("film or tablet with naloxone"),
            "buprenorphine-without-naloxone": _("without naloxone"),
            "buprenorphine-injection": _("injection (such as Sublocade)"),
            "buprenorphine-implant": _("implant: ask whether they still have it"),
            "buprenorphine-maintenance": _ONGOING,
            "buprenorphine-for-set-time": _FOR_SET_TIME,
            "buprenorphine-detox": _DETOX,
        },
    ),
    Medicine(
        _("Methadone"),
        _("Eases withdrawal and cravings. For opioid use it is given out at methadone clinics."),
        {
            "methadone": "",
            "methadone-in-treatment": "",
            "methadone-maintenance": _ONGOING,
            "methadone-for-set-time": _FOR_SET_TIME,
            "methadone-detox": _DETOX,
        },
    ),
    Medicine(
        _("Naltrexone"),
        _("It blocks the effects of opioids."),
        {
            "naltrexone-in-treatment": "",
            "prescribes-naltrexone": "",
            "naltrexone-tablets": _("tablets"),
            "naltrexone-injection": _("injection (Vivitrol)"),
            "naltrexone-relapse-prevention": _("to help prevent a return to use"),
        },
    ),
    Medicine(
        _("Other medicine to ease withdrawal"),
        _("It is not an opioid."),
        {
            "lofexidine-or-clonidine-detox": "",
            "lofexidine": _("lofexidine (Lucemyra)"),
            "clonidine": _("clonidine"),
        },
    ),
    Medicine(_("Medicine for opioid use from a doctor outside"), "", _from_outside("opioid-medication")),
    Medicine(
        _("Medicine for opioid or alcohol use from a doctor outside"),
        _("The list does not say which of the two."),
        _from_outside("medication"),
    ),
    Medicine(
        _("Medicine for alcohol use"),
        "",
        {
            "alcohol-medication": "",
            "acamprosate": _("acamprosate (Campral)"),
            "disulfiram": _("disulfiram (Antabuse)"),
        },
    ),
    Medicine(_("Medicine for alcohol use from a doctor outside"), "", _from_outside("alcohol-medication")),
    Medicine(
        _("Medicine to stop smoking"),
        "",
        {
            "nicotine-replacement": _("nicotine replacement, such as patches or gum"),
            "non-nicotine-quit-medication": _("without nicotine"),
        },
    ),
    Medicine(
        _("Medicine for psychosis"),
        _("For people who lose touch with what is real."),
        {"antipsychotics": ""} | dict.fromkeys(_ANTIPSYCHOTICS),
    ),
)
_MEDICINE_OF = {slug: medicine for medicine in MEDICINES for slug in medicine.forms}


def codes_beside(slug: str) -> frozenset[str]:
    """All codes of the medicine that a code is of; none for one that is no medicine."""
    return frozenset(_MEDICINE_OF[slug].forms) if slug in _MEDICINE_OF else frozenset()


@dataclass(frozen=True)
class Offer:
    """One line of what a clinic offers."""

    name: str
    explanation: str
    forms: tuple[str, ...] = ()


@dataclass(frozen=True)
class Offers:
    services: list[Service]  # all that it offers, as stated
    groups: list[tuple[str, list[Offer]]]  # (heading, lines), in the order in which a patient asks
    denied: list[Offer]  # what it says no to, in none of the groups; those about opioids first

    @property
    def count(self) -> int:
        return sum(len(lines) for _heading, lines in self.groups)

    def states(self, slug: str) -> bool:
        return any(service.slug == slug for service in self.services)


def offers_of(clinic: Clinic) -> Offers:
    services = list(Service.objects.filter(pk__in=clinic.all_service_ids))
    denied = sorted((each for each in services if each.denied), key=lambda each: each.denied <= set(ALCOHOL))
    offered = [each for each in services if not each.denied]
    by_group = {group: [each for each in offered if each.group == group] for group in SHOWN_GROUPS}
    groups = [(str(group.label), _lines(found)) for group, found in by_group.items() if found]
    return Offers(offered, groups, [_line(service) for service in denied])


def _lines(services: list[Service]) -> list[Offer]:
    """One for each thing of a group: first what the search filters by; medicines in the order of MEDICINES."""
    found: dict[Medicine | Service, list[Service]] = {}
    for service in services:
        found.setdefault(_MEDICINE_OF.get(service.slug, service), []).append(service)

    def place(thing: Medicine | Service) -> tuple[bool, int]:
        is_filter = any(service.is_facet for service in found[thing])
        return not is_filter, MEDICINES.index(thing) if isinstance(thing, Medicine) else len(MEDICINES)

    return [
        _medicine(thing, found[thing]) if isinstance(thing, Medicine) else _line(thing)
        for thing in sorted(found, key=place)
    ]


def _medicine(medicine: Medicine, services: Iterable[Service]) -> Offer:
    by_slug = {service.slug: service for service in services}
    forms = (
        gettext(by_slug[slug].name) if form is None else str(form)
        for slug, form in medicine.forms.items()
        if slug in by_slug
    )
    return Offer(str(medicine.name), str(medicine.explanation), tuple(filter(None, forms)))


def _line(service: Service) -> Offer:
    return Offer(gettext(service.name), gettext(service.explanation) if service.explanation else "")
