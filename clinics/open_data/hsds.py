"""The tables of the Human Services Data Specification 3 (Open Referral) that a clinic fills, and their check.

`FIELDS` restates what the published schema (openreferral/specification, schema/*.json, version 3) requires of the
columns we write: which are required, which values they take, which table they refer to.
"""

import re
import uuid
from collections.abc import Callable

from django.utils.translation import override

from clinics.closings import closed_text, notice_text
from clinics.hours import readable_week
from clinics.models import Clinic
from clinics.questions import kinds, stated
from clinics.questions.registry import QUESTIONS, Question
from clinics.search import facets
from clinics.search.statements import denial

SPACE = uuid.UUID("6f5c1a52-7a55-4f0c-9b0e-0f6f9f1b7a10")  # fixed: a clinic has the same ids every night
DATE, NUMBER, URI = r"\d{4}-\d{2}-\d{2}", r"-?\d+(\.\d+)?", r"https?://\S+"
PLACES = r"physical|postal|virtual"
TREATMENT = "Treatment for opioid use disorder"
OTHER_CARE = "Other care: does not treat opioid use disorder"

# Table: column -> (required, pattern of its values or None, table it refers to or None).
Field = tuple[bool, str | None, str | None]
MUST, MAY = (True, None, None), (False, None, None)
FIELDS: dict[str, dict[str, Field]] = {
    "organization": {"id": MUST, "name": MUST, "description": MUST, "website": (False, URI, None)},
    "service": {
        "id": MUST,
        "organization_id": (True, None, "organization"),
        "name": MUST,
        "description": MAY,
        "url": (False, URI, None),
        "status": (True, r"active|inactive|defunct|temporarily closed", None),
        "fees_description": MAY,
        "assured_date": (False, DATE, None),
        "alert": MAY,
    },
    "location": {
        "id": MUST,
        "location_type": (True, PLACES, None),
        "organization_id": (False, None, "organization"),
        "name": MAY,
        "latitude": (False, NUMBER, None),
        "longitude": (False, NUMBER, None),
    },
    "service_at_location": {
        "id": MUST,
        "service_id": (True, None, "service"),
        "location_id": (True, None, "location"),
    },
    "address": {
        "id": MUST,
        "location_id": (False, None, "location"),
        "address_1": MUST,
        "address_2": MAY,
        "city": MUST,
        "state_province": MUST,
        "postal_code": MUST,
        "country": (True, r"[A-Z]{2}", None),
        "address_type": (True, PLACES, None),
    },
    "required_document": {"id": MUST, "service_id": (False, None, "service"), "document": MAY},
    # What a clinic answers, each answer with the question of the registry as its term.
    "taxonomy_term": {"id": MUST, "code": MAY, "name": MUST, "description": MUST, "language": MAY},
    "attribute": {
        "id": MUST,
        "link_id": (True, None, "service"),
        "taxonomy_term_id": (True, None, "taxonomy_term"),
        "link_entity": (True, r"service", None),
        "value": MAY,
        "label": MAY,
    },
    "phone": {
        "id": MUST,
        "location_id": (False, None, "location"),
        "number": MUST,
        "extension": (False, NUMBER, None),
        "type": MAY,
        "description": MAY,
    },
}
PATHS = {"service_at_location": "service_at_location.csv", "address": "addresss.csv"}  # as the schema names them


class NotValid(Exception):  # noqa: N818 - what is wrong is the message
    """A row that the specification refuses; str() names table, row and column."""


def path_of(table: str) -> str:
    return PATHS.get(table, f"{table}s.csv")


def columns_of(table: str) -> list[str]:
    return list(FIELDS[table])


def tables_of(clinics: list[Clinic], address: Callable[[str], str]) -> dict[str, list[dict]]:
    """The rows of every table; `address` turns a path of the site into an address."""
    tables: dict[str, list[dict]] = {name: [] for name in FIELDS}
    tables["taxonomy_term"] = [_term(question) for question in QUESTIONS.values()]
    for clinic in clinics:
        ids = {name: str(uuid.uuid5(SPACE, f"{name} {clinic.pk}")) for name in FIELDS}
        lines = _rows(clinic, ids, address)
        for name, line in lines.items():
            tables[name].append({column: line.get(column, "") for column in FIELDS[name]})
        for place, (number, use) in enumerate(_numbers(clinic)):
            tables["phone"].append(_phone(clinic, ids, place, number, use))
        with override("en"):
            for question, value in _answers(clinic):
                tables["attribute"].append(_attribute(clinic, ids, question, value))
                if question.is_document and value is True:
                    tables["required_document"].append(_document(clinic, ids, question))
    return tables


def _rows(clinic: Clinic, ids: dict[str, str], address) -> dict[str, dict]:
    url = address(clinic.get_absolute_url())
    source = " ".join(filter(None, [clinic.contact_source, clinic.contact_edition]))
    offers = [value.label for group in ("medication", "setting", "care") for value in _offered(clinic, group)]
    pays = [value.label for value in _offered(clinic, "payment")]
    rows = {
        "organization": {"name": clinic.name, "description": f"{clinic.full_name}. Source: {source or 'not stated'}."},
        "service": {
            "organization_id": ids["organization"],
            "name": OTHER_CARE if clinic.treatment_bits & facets.DENIES.mask else TREATMENT,
            "description": ", ".join(map(str, offers)),
            "url": url,
            "status": "temporarily closed" if clinic.closure_now else "active",
            "fees_description": ", ".join(map(str, pays)),
            "assured_date": clinic.contact_confirmed_on or "",
            "alert": _alert(clinic),
        },
        "location": {
            "location_type": "physical",
            "organization_id": ids["organization"],
            "name": clinic.full_name,
            "latitude": "" if clinic.latitude is None else round(clinic.latitude, 6),
            "longitude": "" if clinic.longitude is None else round(clinic.longitude, 6),
        },
        "service_at_location": {"service_id": ids["service"], "location_id": ids["location"]},
    }
    if re.fullmatch(URI, clinic.website):
        rows["organization"]["website"] = clinic.website
    if clinic.street and clinic.zip_code:  # a clinic that keeps its street private has a location without an address
        rows["address"] = _address(clinic, ids)
    return {name: {"id": ids[name]} | row for name, row in rows.items()}


def _alert(clinic: Clinic) -> str:
    """What somebody must know before they call, in English as the rest of the table."""
    with override("en"):
        refusal, closed = denial(clinic), closed_text(clinic, says_today=False)
        notice = notice_text([clinic.notice]) if clinic.notice else ""
    reported = "Readers report that the number does not work." if clinic.reported_phone in clinic.phones else ""
    sentences = [f"{text}." for text in (refusal, closed, notice) if text]
    return " ".join(filter(None, [*sentences, reported]))


def _address(clinic: Clinic, ids: dict[str, str]) -> dict:
    return {
        "location_id": ids["location"],
        "address_1": clinic.street,
        "address_2": clinic.street_detail,
        "city": clinic.city,
        "state_province": clinic.state,
        "postal_code": clinic.zip_code,
        "country": "US",
        "address_type": "physical",
    }


def _numbers(clinic: Clinic) -> list[tuple[str, str]]:
    """(number, what for), the main one first."""
    numbers = [(clinic.phone, ""), *((number, "new patients") for number in clinic.intake_phones)]
    numbers += [*((number, "another line") for number in clinic.other_phones)]
    numbers += [*((number, "hotline") for number in clinic.hotlines)]
    return [(number, use) for number, use in numbers if number]


def _phone(clinic: Clinic, ids: dict[str, str], place: int, number: str, use: str) -> dict:
    base, _x, extension = number.partition(" x")
    return {
        "id": str(uuid.uuid5(SPACE, f"phone {clinic.pk} {place}")),
        "location_id": ids["location"],
        "number": base,
        "extension": extension if re.fullmatch(NUMBER, extension) else "",
        "type": "voice",
        "description": use,
    }


def _answers(clinic: Clinic) -> list[tuple[Question, str | bool]]:
    """What it says to the questions of the registry, in English; a yes or no as such."""
    known = {QUESTIONS[key]: value for key, value in stated.known(clinic).items() if value is not None}
    return [
        (question, value if question.kind == "yes-no" else _in_words(question, value))
        for question, value in known.items()
    ]


def _in_words(question: Question, value) -> str:
    """Hours of a column are a week, all others are stored as `kinds` knows them."""
    is_week = question.has_column and question.kind == "hours"
    return readable_week(value) if is_week else kinds.in_words(question, value)


def _term(question: Question) -> dict:
    return {
        "id": _term_id(question),
        "code": question.key,
        "name": question.label.english,
        "description": question.question.english,
        "language": "en",
    }


def _term_id(question: Question) -> str:
    return str(uuid.uuid5(SPACE, f"question {question.key}"))


def _attribute(clinic: Clinic, ids: dict[str, str], question: Question, value: str | bool) -> dict:
    return {
        "id": str(uuid.uuid5(SPACE, f"answer {clinic.pk} {question.key}")),
        "link_id": ids["service"],
        "taxonomy_term_id": _term_id(question),
        "link_entity": "service",
        "value": value if isinstance(value, str) else "yes" if value else "no",
        "label": question.label.english,
    }


def _document(clinic: Clinic, ids: dict[str, str], question: Question) -> dict:
    return {
        "id": str(uuid.uuid5(SPACE, f"document {clinic.pk} {question.key}")),
        "service_id": ids["service"],
        "document": question.yes.english,
    }


def _offered(clinic: Clinic, group_slug: str):
    group = facets.GROUPS_BY_SLUG[group_slug]
    return [value for value in group.values if getattr(clinic, group.column) & value.mask]


def check(tables: dict[str, list[dict]]) -> None:
    """Raises NotValid for the first row that the specification refuses."""
    ids = {name: {line["id"] for line in lines} for name, lines in tables.items()}
    for name, lines in tables.items():
        if len(ids[name]) != len(lines):
            raise NotValid(f"{name}: an id occurs twice.")
        for place, line in enumerate(lines, start=1):
            for column, (is_required, pattern, table) in FIELDS[name].items():
                value, where = str(line[column]), f"{name}, row {place}, {column}"
                if not value:
                    if is_required:
                        raise NotValid(f"{where}: required, but empty.")
                    continue
                if pattern and not re.fullmatch(pattern, value):
                    raise NotValid(f"{where}: “{value[:40]}” is not of the form {pattern}.")
                if table and value not in ids[table]:
                    raise NotValid(f"{where}: no such row in {table}.")


def data_package(license_name: str) -> dict:
    """The description of the tables (frictionless data package)."""
    return {
        "name": "human_services_data",
        "title": "Clinics that treat opioid use disorder",
        "version": "3",
        "profile": "tabular-data-package",
        "licenses": [{"name": license_name}],
        "resources": [
            {
                "name": name,
                "path": path_of(name),
                "profile": "tabular-data-resource",
                "schema": {
                    "primaryKey": "id",
                    "fields": [
                        {"name": column, "type": "string", "constraints": {"required": is_required}}
                        for column, (is_required, _pattern, _table) in columns.items()
                    ],
                    "foreignKeys": [
                        {"fields": column, "reference": {"resource": table, "fields": "id"}}
                        for column, (_required, _pattern, table) in columns.items()
                        if table
                    ],
                },
            }
            for name, columns in FIELDS.items()
        ],
    }
