"""The registry of questions: a line of clinics/data/questions.csv is a question, wherever it is asked or answered.

A line gives the field of the owner's form, the question of the caller's script, the line of the call sheet, the
filter, the JSON key, the HSDS column and the words on the page. docs/how-to/question.md tells what each column means
and how to add or remove a line.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import lazystr
from django.utils.translation import get_language

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FILE = Path(__file__).resolve().parent.parent / "data" / "questions.csv"
KINDS = ("yes-no", "choice", "days", "hours", "time", "money", "text", "states")
GROUPS = ("medicine", "who", "cost", "when", "way")  # the questions of a clinic's page, clinics/answers.py
ASKED_OF = ("all", "medicine", "otp")
FACET_GROUP = "visit"
FACET_COLUMN = "availability_now"
FIRST_FREE_BIT, LAST_FREE_BIT = 7, 49  # of that column: the access filters, holidays and sponsors have the others


class NotARegistry(ImproperlyConfigured):
    """A line of the registry cannot be used; the sentence names it."""


@dataclass(frozen=True)
class Text:
    """A text in both languages."""

    english: str
    spanish: str

    def __str__(self) -> str:
        return self.spanish if (get_language() or "").startswith("es") else self.english

    def __bool__(self) -> bool:
        return bool(self.english)

    @property
    def lazy(self) -> "StrPromise":
        """For the labels of forms, which are made before the language is known."""
        return lazystr(self)


class Choice(NamedTuple):
    slug: str
    label: Text


@dataclass(frozen=True)
class Question:
    key: str  # in the JSON, in forms, and of Clinic.answers; the name of the column of a fact that has one
    kind: str  # of KINDS
    group: str  # of GROUPS
    asked_of: str  # of ASKED_OF
    has_column: bool  # a column of Clinic keeps it, with the confirmation of its fact group
    ages_after_days: int  # until then an answer counts; 0 for a column, which ages with its fact group
    filter: str  # "yes" or "no": the answer that a filter of its own asks for; or a facet that exists; or ""
    bit: int  # of the filter, for ever; -1 without one
    question: Text  # as an owner and a caller read it
    label: Text
    yes: Text  # the sentence of a yes, or of any other answer, put in place of {answer}
    no: Text  # that of a no, or of "none"
    filter_label: Text
    ask: Text  # as a reader asks it on the phone; empty: not among the first that are asked
    choices: tuple[Choice, ...]
    is_document: bool  # a yes means that somebody must bring it: HSDS has a table of these
    is_retired: bool  # no longer asked or shown; its bit stays its own

    @property
    def has_own_filter(self) -> bool:
        return self.filter in ("yes", "no")

    @cached_property
    def filter_slug(self) -> str:
        """ "ride-first-visit", or "no-id-needed" of a filter that asks for a no."""
        slug = self.key.replace("_", "-")
        return f"no-{slug}" if self.filter == "no" else slug

    @property
    def facet(self) -> str:
        """The key of its filter, "visit/no-id-needed"; "" if nobody can filter by it."""
        return f"{FACET_GROUP}/{self.filter_slug}" if self.has_own_filter else self.filter

    def is_wanted(self, value) -> bool:
        """Whether its own filter finds a clinic of this answer. Not known is neither a yes nor a no."""
        return value is not None and value is (self.filter == "yes")


def read(path: Path = FILE) -> tuple[Question, ...]:
    """The questions of a file, the retired ones included. Raises NotARegistry."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
        questions = tuple(_question(row, f"{path.name} line {line}") for line, row in enumerate(rows, start=2))
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise NotARegistry(f"{path.name} cannot be read: {error}") from error
    for sentence in problems(questions):
        raise NotARegistry(f"{path.name}: {sentence}")
    return questions


def _question(row: dict[str, str], where: str) -> Question:
    def text(name: str) -> Text:
        english, spanish = row[f"{name}_en"].strip(), row[f"{name}_es"].strip()
        if bool(english) != bool(spanish):
            raise NotARegistry(f"{where}: {name} is written in one language only.")
        return Text(english, spanish)

    numbers = {name: row[name].strip() for name in ("ages_after_days", "bit")}
    if wrong := [name for name, number in numbers.items() if number and not number.isdigit()]:
        raise NotARegistry(f"{where}: {wrong[0]} is no whole number.")
    return Question(
        key=row["key"],
        kind=row["kind"],
        group=row["group"],
        asked_of=row["asked_of"],
        has_column=row["column"] == "yes",
        ages_after_days=int(numbers["ages_after_days"] or 0),
        filter=row["filter"],
        bit=int(numbers["bit"] or -1),
        **{name: text(name) for name in ("question", "label", "yes", "no", "ask")},
        filter_label=text("filter"),
        choices=tuple(_choice(part, where) for part in row["choices"].split("|") if part),
        is_document=row["hsds"] == "required_document",
        is_retired=bool(row["retired_on"]),
    )


def _choice(part: str, where: str) -> Choice:
    slug, *labels = part.split("=")
    if len(labels) != len(("English", "Spanish")) or not all((slug, *labels)):
        raise NotARegistry(f"{where}: a choice is written slug=English=Spanish, not “{part}”.")
    return Choice(slug, Text(*labels))


def problems(questions: Iterable[Question]) -> Iterator[str]:
    """A sentence for each thing that a line may not say."""
    keys, bits = set[str](), dict[int, str]()
    for each in questions:
        if not each.key.isidentifier() or each.key in keys:
            yield f"{each.key} is no name of its own: lower-case words with underscores, each once."
        keys.add(each.key)
        for name, value, known in (
            ("kind", each.kind, KINDS),
            ("group", each.group, GROUPS),
            ("asked_of", each.asked_of, ASKED_OF),
        ):
            if value not in known:
                yield f"{each.key}: {name} is one of {', '.join(known)}, not “{value}”."
        yield from _problems_of_texts(each)
        if each.has_own_filter:
            if each.kind != "yes-no" or each.has_column:
                yield f"{each.key}: only a yes or no of its own can be a filter of its own."
            if not FIRST_FREE_BIT <= each.bit <= LAST_FREE_BIT:
                yield f"{each.key}: its filter needs a bit from {FIRST_FREE_BIT} to {LAST_FREE_BIT}."
            elif each.bit in bits:
                yield f"{each.key} and {bits[each.bit]} share the bit {each.bit}."
            bits[each.bit] = each.key
        elif each.bit >= 0:
            yield f"{each.key} has a bit but no filter."


def _problems_of_texts(each: Question) -> Iterator[str]:
    if not each.question or not each.label:
        yield f"{each.key} lacks its question or its label."
    if each.has_own_filter and not each.filter_label:
        yield f"{each.key} lacks the label of its filter."
    if (each.kind == "choice") != bool(each.choices):
        yield f"{each.key}: a choice, and nothing else, names its choices."
    if each.has_column:
        return  # clinics/answers.py says these, since their sentences depend on each other
    if each.ages_after_days < 1:
        yield f"{each.key} does not say after how many days an answer no longer counts."
    if not each.yes or (each.kind in ("yes-no", "choice") and not each.no):
        yield f"{each.key} lacks a sentence for an answer."
    if each.kind != "yes-no" and not all("{answer}" in text for text in (each.yes.english, each.yes.spanish)):
        yield f"{each.key}: the sentence of an answer has no place for it, {{answer}}."


REGISTRY = read()
QUESTIONS: dict[str, Question] = {each.key: each for each in REGISTRY if not each.is_retired}
# Those whose answers are kept in Clinic.answers; the others have columns of their own.
OWN: dict[str, Question] = {key: each for key, each in QUESTIONS.items() if not each.has_column}
FILTERS = tuple(each for each in OWN.values() if each.has_own_filter)


def bits_given() -> dict[int, str]:
    """{bit: facet} of every filter that was ever given one."""
    return {each.bit: each.facet for each in REGISTRY if each.has_own_filter}


def labels(*keys: str) -> dict[str, "StrPromise"]:
    return {key: QUESTIONS[key].label.lazy for key in keys}
