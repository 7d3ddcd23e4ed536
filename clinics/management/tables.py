"""Tables that are copies of a file: update them from it, writing only what differs."""

from typing import NamedTuple

from django.db import connection, models

from core.csv import copy_rows

ROWS_A_STATEMENT = 2000


class Changes(NamedTuple):
    created: int = 0
    updated: int = 0
    removed: int = 0

    def __str__(self):
        """ "12 created, 3 updated", or "nothing changed"."""
        counts = [f"{count:,} {word}" for word, count in self._asdict().items() if count]
        return ", ".join(counts) or "nothing changed"


def update_table(model: type[models.Model], objects: list, *, key: list[str], remove=False) -> Changes:
    """Write the unsaved `objects` into the table of `model`: new ones, and those that differ from the row of that key.

    The primary keys of existing rows stay. With `remove`, rows that are not among `objects` are deleted.
    """
    columns = [field.attname for field in model._meta.concrete_fields if field is not model._meta.auto_field]
    stored = {}
    for pk, *values in model._default_manager.values_list("pk", *columns):
        row = dict(zip(columns, values, strict=True))
        stored[tuple(row[name] for name in key)] = pk, row

    wanted = {tuple(getattr(item, name) for name in key): item for item in objects}
    new = [item for identity, item in wanted.items() if identity not in stored]
    differing = [
        item
        for identity, item in wanted.items()
        if identity in stored and any(getattr(item, name) != value for name, value in stored[identity][1].items())
    ]
    with connection.cursor() as cursor:
        copy_rows(cursor, model._meta.db_table, columns, ([getattr(item, name) for name in columns] for item in new))
    model._default_manager.bulk_create(
        differing,
        batch_size=ROWS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=key,
        update_fields=[name for name in columns if name not in key],
    )
    gone = [stored[identity][0] for identity in stored.keys() - wanted.keys()] if remove else []
    model._default_manager.filter(pk__in=gone).delete()
    return Changes(len(new), len(differing), len(gone))
