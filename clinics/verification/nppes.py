"""The register of National Provider Identifiers (NPPES), from its monthly or weekly files or from its API.

Source: CMS, "NPPES Data Dissemination": the main file (one practice location a row) and the practice-location file
(the others); headings have irregular spaces and dashes, ZIP codes 5 or 9 digits, telephones 10 bare digits.
API: GET NPPES_URL?version=2.1&number=NPI answers {"results": [{"number", "basic", "addresses", "practiceLocations",
"taxonomies"}]}; it also finds by organization_name, or first_name and last_name, with a state.
This module is the only one that reads it.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import requests
from django.conf import settings

from core.page_calls import TooBusy, seconds_for_call
from core.phones import NotAPhone, normalise_phone

TIMEOUT_SECONDS = 15
SECONDARY, PRIMARY = "provider secondary practice location address", "provider business practice location address"


class NppesUnavailable(Exception):  # noqa: N818 - what happened, not a fault of ours
    """The register could not be reached or read; str() is one plain sentence."""


@dataclass(frozen=True)
class Practice:
    """One practice location of a provider, as the register states it."""

    npi: str
    name: str  # empty in the practice-location file
    street: str
    city: str
    state: str
    zip_code: str  # five digits
    phone: str  # 617-555-0100, or empty
    is_active: bool = True  # the practice-location file does not say

    def __str__(self):
        place = ", ".join(filter(None, [self.street, self.city, f"{self.state} {self.zip_code}".strip()]))
        return ": ".join(filter(None, [f"NPI {self.npi}", self.name, place])) + (
            f", {self.phone}" if self.phone else ""
        )


def read_file(path: Path) -> Iterator[Practice]:
    """Every practice location of a main or practice-location file. Raises NppesUnavailable for any other."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        columns = {plain_heading(heading): place for place, heading in enumerate(next(rows, []))}
        prefix = next((prefix for prefix in (SECONDARY, PRIMARY) if f"{prefix} postal code" in columns), None)
        if prefix is None or "npi" not in columns:
            raise NppesUnavailable(f"{path} is neither a main file nor a practice-location file of NPPES.")
        street = f"{prefix} address line 1"
        if prefix == PRIMARY:
            street = "provider first line business practice location address"
        names = {
            "npi": "npi",
            "name": "provider organization name legal business name",
            "street": street,
            "city": f"{prefix} city name",
            "state": f"{prefix} state name",
            "zip_code": f"{prefix} postal code",
            "phone": f"{prefix} telephone number",
            "deactivated": "npi deactivation date",
            "reactivated": "npi reactivation date",
        }
        for row in rows:
            cells = {
                name: row[columns[heading]].strip() if heading in columns and columns[heading] < len(row) else ""
                for name, heading in names.items()
            }
            yield _practice(cells)


def ask_api(npi: str) -> list[Practice]:
    """The practice locations of one NPI, over the network. Raises NppesUnavailable."""
    try:
        return parse_answer(ask({"number": npi}))
    except (AttributeError, KeyError) as error:
        raise NppesUnavailable(f"NPPES did not answer for {npi}: {type(error).__name__}.") from error


def ask(query: dict[str, str], *, timeout_seconds: float = TIMEOUT_SECONDS) -> dict:
    """What the API answers to a query, over the network. Raises NppesUnavailable."""
    what = query.get("number", "a name")  # a name that somebody typed belongs in no log
    try:
        timeout_seconds = seconds_for_call(timeout_seconds)
    except TooBusy as error:
        raise NppesUnavailable(f"NPPES did not answer for {what}: too many ask.") from error
    try:
        answer = requests.get(
            settings.NPPES_URL, {"version": "2.1"} | query, timeout=timeout_seconds, allow_redirects=False
        )
        if answer.status_code != requests.codes.ok:  # a redirect too: who is asked, the site's owner decides
            raise NppesUnavailable(f"NPPES did not answer for {what}: status {answer.status_code}.")
        found = answer.json()
    except (requests.RequestException, ValueError) as error:
        raise NppesUnavailable(f"NPPES did not answer for {what}: {type(error).__name__}.") from error
    if not isinstance(found, dict):
        raise NppesUnavailable(f"NPPES did not answer for {what}: no object.")
    return found


def parse_answer(answer: dict) -> list[Practice]:
    """The practice locations of an answer of the API; one that names errors has none."""
    practices = []
    for result in answer.get("results", []):
        basic = result.get("basic", {})
        if basic.get("status", "A") != "A":
            continue
        name = basic.get("organization_name") or f"{basic.get('first_name', '')} {basic.get('last_name', '')}".strip()
        places = [place for place in result.get("addresses", []) if place.get("address_purpose") == "LOCATION"]
        for place in (*places, *result.get("practiceLocations", [])):
            cells = {"npi": str(result["number"]), "name": name, "street": place.get("address_1", "")}
            cells |= {"city": place.get("city", ""), "state": place.get("state", "")}
            cells |= {"zip_code": place.get("postal_code", ""), "phone": place.get("telephone_number", "")}
            practices.append(_practice(cells))
    return practices


def is_active(deactivated: str, reactivated: str) -> bool:
    """Whether an NPI is in use, by the days of a main file, such as 05/01/2021; a blank one never came."""
    if not deactivated or not reactivated:
        return not deactivated
    try:
        since, until = (datetime.strptime(day, "%m/%d/%Y").date() for day in (reactivated, deactivated))  # noqa: DTZ007
    except ValueError:
        return False  # not known, so not proved
    return since >= until


def _practice(cells: dict[str, str]) -> Practice:
    active = is_active(cells.pop("deactivated", ""), cells.pop("reactivated", ""))
    try:
        phone = normalise_phone(cells["phone"])
    except NotAPhone:
        phone = ""
    return Practice(**(cells | {"zip_code": cells["zip_code"][:5], "phone": phone}), is_active=active)


def plain_heading(heading: str) -> str:
    """ "Provider Secondary Practice Location Address-  Address Line 2" without its irregular spaces and dashes."""
    return " ".join(re.findall(r"[a-z0-9]+", heading.lower()))
