"""Rows that the project ships as a CSV file and editors may change: a new release brings only what nobody changed."""

import csv
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models, transaction


class Unreadable(Exception):  # noqa: N818 - the sentence says what is wrong
    """A file of shipped rows cannot be used."""


class Loaded(NamedTuple):
    created: int
    updated: int
    kept: int  # changed by an editor, or not at all

    def __str__(self):
        return f"{self.created} created, {self.updated} updated, {self.kept} kept"


@transaction.atomic
def load(model: type[models.Model], path: Path, columns: tuple[str, ...], key: tuple[str, ...]) -> Loaded:
    """Write the rows of a file into the table of `model`, whose field `shipped_hash` is "" once an editor wrote.

    Raises Unreadable, with the line, before anything is written.
    """
    created = updated = kept = 0
    for line, row in _rows(path, columns):
        digest = hashlib.sha256("\0".join(row[name] for name in columns).encode()).hexdigest()
        item = model._default_manager.filter(**{name: row[name] for name in key}).first()
        if item and getattr(item, "shipped_hash", "") in ("", digest):
            kept += 1
            continue
        created, updated = created + (item is None), updated + (item is not None)
        values = {name: _value(model._meta.get_field(name), text) for name, text in row.items()}
        _write(item or model(), values | {"shipped_hash": digest}, f"{path.name} line {line}")
    return Loaded(created, updated, kept)


def _write(item: models.Model, values: dict, where: str) -> None:
    for name, value in values.items():
        setattr(item, name, value)
    try:
        item.full_clean()
    except ValidationError as error:
        reasons = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Unreadable(f"{where}: {reasons}") from error
    item.save()


def _value(field, text: str):
    """What a cell says: several words are a list, and nothing is None where the column knows it."""
    if isinstance(field, ArrayField):
        return text.split()
    return None if not text and field.null else text


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
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
