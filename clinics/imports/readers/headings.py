"""What a column is, by the words people head it with: for lists of other people than SAMHSA and CMS.

One table for all lists. A heading is compared in plain form: lower case, without signs, digits apart from letters.
Of several headings for one thing the first of the table is taken, the others are reported as unknown.
"""

import re
from collections.abc import Iterable

HEADINGS = {
    "name": (
        *("facility name", "program name", "clinic name", "provider name", "site name", "practice name"),
        *("agency name", "organization name", "organisation name", "center name", "business name", "name of facility"),
        *("name of program", "name of provider", "licensee name", "name", "facility", "clinic", "program", "provider"),
        *("agency", "organization", "organisation", "practice"),
    ),
    "name_detail": ("dba", "dba name", "doing business as", "trade name", "site", "location name", "facility name 2"),
    "street": (
        *("street address", "address line 1", "address 1", "street 1", "address", "street", "facility address"),
        *("site address", "physical address", "location address", "program address", "practice address"),
        *("facility street", "address street", "addr", "addr 1", "full address"),
    ),
    "street_detail": (
        *("address line 2", "address 2", "street 2", "street address 2", "address complement", "suite", "unit"),
        *("suite unit", "addr 2"),
    ),
    "city": ("city", "town", "city name", "city town", "facility city", "site city", "location city", "municipality"),
    "state": ("state", "st", "state code", "state abbreviation", "facility state", "site state", "location state"),
    "zip": (
        *("zip", "zip code", "zipcode", "postal code", "postal", "zip 5", "facility zip", "facility zip code"),
        *("site zip", "location zip", "zip postal code", "postcode"),
    ),
    "zip4": ("zip 4", "zip plus 4"),
    "county": ("county", "county name", "facility county", "parish"),
    "phone": (
        *("phone", "telephone", "phone number", "telephone number", "main phone", "facility phone", "program phone"),
        *("business phone", "office phone", "contact phone", "contact number", "tel", "phone 1", "telephone 1"),
    ),
    "intake": ("intake", "intake phone", "intake line", "intake number", "admissions phone", "admissions"),
    "website": ("website", "web site", "url", "web", "web address", "website url", "homepage", "website address"),
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "long", "lon", "lng", "x"),
    "license status": ("license status", "licence status", "facility status", "status"),
    "license expired": ("license expired", "licence expired", "is expired"),
}
# A table of people has a column of each kind, or a word for them.
PEOPLE = (("first", "first name", "provider first name"), ("last", "last name", "provider last name", "surname"))
PERSON = frozenset(["physician", "physician name", "practitioner", "practitioner name", "prescriber", "doctor"])


def plain(heading: str) -> str:
    """ "Zip_Code" and "ZIP CODE:" are zip code, "Address1" is address 1."""
    words = re.sub(r"[^a-z0-9]+", " ", heading.casefold())
    return re.sub(r"(?<=[a-z])(?=[0-9])", " ", words).strip()


def by_meaning(headings: Iterable[str]) -> dict[str, str]:
    """{folded heading: what it means} for those in the table, each meaning once."""
    written = {plain(heading): heading for heading in reversed(list(headings))}
    found: dict[str, str] = {}
    for meaning, words in HEADINGS.items():
        if word := next((word for word in words if word in written and written[word] not in found), ""):
            found[written[word]] = meaning
    return found


def are_people(headings: Iterable[str]) -> bool:
    """Whether each row of the table is a person: it has a first and a last name, or a doctor."""
    words = {plain(heading) for heading in headings}
    return all(words.intersection(names) for names in PEOPLE) or bool(words & PERSON)
