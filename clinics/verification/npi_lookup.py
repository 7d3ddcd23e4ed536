"""What the register of NPIs says of a number or a name that an owner types, to fill in their form.

`settings.NPPES_LOOKUP` chooses who is asked: "off" nobody, "table" the register on this machine (`load_npi_register`),
"api" the registry of CMS over the network, through clinics/verification/nppes.py. Only "api" sends anywhere what a
person typed. Never called inside a transaction: an answer may take TIMEOUT_SECONDS.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from clinics.imports.names import display_name
from clinics.models import RegisteredPlace, RegisteredProvider
from clinics.verification import nppes
from core.phones import NotAPhone, normalise_phone

ADAPTERS = ("off", "table", "api")
TIMEOUT_SECONDS = 4
MOST = 10  # matches
NPI = re.compile(r"[0-9]{10}")
STAYS_IN_CAPITALS = {"N", "S", "E", "W", "NE", "NW", "SE", "SW", "US", "PO", "II", "III", "IV"}
# What a provider does, by the first code of its taxonomy (NUCC), where it matters here.
TAXONOMIES = {
    "261QM2800X": _("Methadone clinic"),
    "261QR0405X": _("Rehabilitation clinic, substance use disorder"),
    "324500000X": _("Substance use disorder rehabilitation facility"),
    "207LA0401X": _("Addiction medicine"),
    "207QA0401X": _("Addiction medicine"),
    "207RA0401X": _("Addiction medicine"),
    "2083A0300X": _("Addiction medicine"),
    "2084A0401X": _("Addiction medicine"),
    "2084P0802X": _("Addiction psychiatry"),
}


@dataclass(frozen=True)
class Match:
    """A provider at one of its practice locations, in usual letters; empty is what the register does not say."""

    npi: str
    name: str
    is_person: bool = False
    credentials: str = ""
    taxonomy: str = ""
    license_number: str = ""
    license_state: str = ""
    street: str = ""
    street_detail: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""  # five digits
    phone: str = ""  # 617-555-0100

    @property
    def what_it_does(self) -> str:
        return str(TAXONOMIES.get(self.taxonomy, ""))


def is_on() -> bool:
    return settings.NPPES_LOOKUP in ("table", "api")


def look_up(typed: str, state: str = "") -> list[Match]:
    """At most MOST matches of an NPI, or of a name in a state ("" for any). Raises nppes.NppesUnavailable."""
    typed = " ".join(typed.split())
    if len(typed) < 3 or not is_on():
        return []
    found = _of_table(typed, state) if settings.NPPES_LOOKUP == "table" else _of_api(typed, state)
    return [_in_usual_letters(match) for match in islice(found, MOST)]


def _of_table(typed: str, state: str) -> Iterator[Match]:
    if NPI.fullmatch(typed):
        providers = RegisteredProvider.objects.filter(npi=typed)
        places = RegisteredPlace.objects.filter(npi=typed)
        known = providers.first() or RegisteredProvider(npi=typed)
        yield from _at_places({typed: known}, places)
        return
    providers = RegisteredProvider.objects.all()
    for word in typed.upper().split():
        providers = providers.filter(searched__contains=word)
    places = RegisteredPlace.objects.filter(state=state) if state else RegisteredPlace.objects.all()
    by_npi = {each.npi: each for each in providers.filter(npi__in=places.values("npi"))[:MOST]}
    yield from _at_places(by_npi, places.filter(npi__in=by_npi))


def _at_places(providers: dict[str, RegisteredProvider], places) -> Iterator[Match]:
    for place in places[:MOST]:
        each = providers[place.npi]
        yield Match(
            npi=each.npi,
            name=each.other_name or each.name,
            **{name: getattr(each, name) for name in ("is_person", "credentials", "taxonomy")},
            **{name: getattr(each, name) for name in ("license_number", "license_state")},
            **{name: getattr(place, name) for name in ("street", "street_detail", "city", "state", "zip_code")},
            phone=place.phone,
        )


def _of_api(typed: str, state: str) -> Iterator[Match]:
    for query in _queries(typed, state):
        answer = nppes.ask(query, timeout_seconds=TIMEOUT_SECONDS)
        try:
            yield from matches_of(answer)
        except (AttributeError, KeyError, TypeError) as error:
            raise nppes.NppesUnavailable("NPPES answers in another form than it says.") from error


def _queries(typed: str, state: str) -> Iterator[dict[str, str]]:
    if NPI.fullmatch(typed):
        yield {"number": typed}
        return
    more = {"limit": str(MOST)} | ({"state": state} if state else {})
    yield {"organization_name": f"{typed}*", "enumeration_type": "NPI-2"} | more
    first, _blank, last = typed.rpartition(" ")
    if first:
        yield {"first_name": f"{first.split()[0]}*", "last_name": last, "enumeration_type": "NPI-1"} | more


def matches_of(answer: dict) -> Iterator[Match]:
    """The matches in an answer of the API; one that names errors has none."""
    for result in answer.get("results") or []:
        basic = result.get("basic", {})
        if basic.get("status", "A") != "A":
            continue
        person = f"{basic.get('first_name', '')} {basic.get('last_name', '')}".strip()
        taxonomies = result.get("taxonomies") or [{}]
        main = next((each for each in taxonomies if each.get("primary")), taxonomies[0])
        provider = Match(
            npi=str(result["number"]),
            name=basic.get("organization_name") or person,
            is_person=not basic.get("organization_name"),
            credentials=basic.get("credential") or "",
            taxonomy=main.get("code") or "",
            license_number=main.get("license") or "",
            license_state=main.get("state") or "",
        )
        places = [place for place in result.get("addresses") or [] if place.get("address_purpose") == "LOCATION"]
        for place in (*places, *(result.get("practiceLocations") or [])):
            yield replace(
                provider,
                street=place.get("address_1") or "",
                street_detail=place.get("address_2") or "",
                city=place.get("city") or "",
                state=place.get("state") or "",
                zip_code=(place.get("postal_code") or "")[:5],
                phone=_phone(place.get("telephone_number") or ""),
            )


def _phone(text: str) -> str:
    try:
        return normalise_phone(text)
    except NotAPhone:
        return ""


def _in_usual_letters(match: Match) -> Match:
    """The register shouts. Names of organizations are written as those of lists are."""
    name = _usual(match.name) if match.is_person else display_name(match.name, "", match.city)[0]
    return replace(
        match,
        name=name,
        credentials=match.credentials.replace(".", ""),
        street=_usual(match.street),
        street_detail=_usual(match.street_detail),
        city=_usual(match.city),
    )


def _usual(text: str) -> str:
    """ "326 WASHINGTON ST" as "326 Washington St"; what has small letters already stays."""
    if text != text.upper():
        return text
    words = (word if word in STAYS_IN_CAPITALS or word[:1].isdigit() else word.capitalize() for word in text.split())
    return re.sub(r"([-'’])([a-z])(?=[a-z]{2})", lambda found: found[1] + found[2].upper(), " ".join(words))
