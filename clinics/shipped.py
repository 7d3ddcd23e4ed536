"""Rows that the project ships as a CSV file and editors may change: a new release brings only what nobody changed."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction

from clinics.models.shipped import Shipped


class Unreadable(Exception):  # noqa: N818 - the sentence says what is wrong
    """A file of shipped rows cannot be used."""


class Loaded(NamedTuple):
    created: int
    updated: int
    removed: int  # that the file has no longer
    unchanged: int
    edited: tuple[str, ...]  # keys of rows that an editor changed, and that say something else than the file

    def __str__(self):
        counts = f"{self.created} created, {self.updated} updated, {self.removed} removed, {self.unchanged} unchanged"
        return f"{counts}; edited here, so not changed: {', '.join(self.edited)}" if self.edited else counts


@transaction.atomic
def load(
    model: type[Shipped], path: Path, columns: tuple[str, ...], key: str, of_reading: tuple[str, ...] = ()
) -> Loaded:
    """Make the rows of `model` those of the file, but the ones that an editor wrote.

    `of_reading`: columns of days that say when the source was read, the first of which tells whose reading is the
    later one; an editor's later reading of a row stays too.

    Raises Unreadable, with the line, and then nothing is written.
    """
    wanted = _read(model, path, columns, key)
    stored = model._default_manager.in_bulk(field_name=key)
    gone = [item.pk for name, item in stored.items() if item.is_shipped and name not in wanted]
    model._default_manager.filter(pk__in=gone).delete()
    created = updated = unchanged = 0
    edited = []
    for name, (where, item) in wanted.items():
        old = stored.get(name)
        says_the_same = old and all(
            getattr(old, column) == getattr(item, column) for column in columns if column not in of_reading
        )
        if says_the_same and all(getattr(old, column) >= getattr(item, column) for column in of_reading[:1]):
            unchanged += 1
        elif old and not old.is_shipped:
            edited.append(name)
        else:
            created, updated = created + (old is None), updated + (old is not None)
            item.pk = old.pk if old else None
            item._state.adding = old is None
            _check(item, where)
            item.save()
    return Loaded(created, updated, len(gone), unchanged, tuple(edited))


def _read(model: type[Shipped], path: Path, columns: tuple[str, ...], key: str) -> dict[str, tuple[str, Shipped]]:
    """By its key where each row stands, and the unsaved object of it. Raises Unreadable."""
    found: dict[str, tuple[str, Shipped]] = {}
    for line, row in rows_of(path, columns):
        where = f"{path.name} line {line}"
        if row[key] in found:
            raise Unreadable(f"{where}: {row[key]} is there twice.")
        item = model(is_shipped=True)
        for column in columns:
            setattr(item, column, _value(model._meta.get_field(column), row[column]))
        _check(item, where, validate_unique=False, validate_constraints=False)
        found[row[key]] = where, item
    return found


def _check(item: Shipped, where: str, **options) -> None:
    """Make values of texts, and raise Unreadable for what the model refuses."""
    try:
        item.full_clean(**options)
    except ValidationError as error:
        reasons = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Unreadable(f"{where}: {reasons}") from error


def _value(field, text: str):
    """What a cell says: several words are a list, and nothing is None where the column knows it."""
    if isinstance(field, ArrayField):
        return text.split()
    if isinstance(field, models.BooleanField):
        return text == "yes"
    return None if not text and field.null else text


def rows_of(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, row) of each row. Raises Unreadable."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if missing := set(columns).difference(reader.fieldnames or []):
                raise Unreadable(f"{path.name} lacks the column {', '.join(sorted(missing))}.")
            for row in reader:
                yield reader.line_num, {name: row[name] or "" for name in columns}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Unreadable(f"{path} cannot be read: {error}") from error
