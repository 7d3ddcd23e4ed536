"""Queries that are compiled to SQL once for each shape of a search, then asked with the values of one search.

Django takes three times as long to compose the SQL of a page of results as Postgres to answer it. Nothing of a point
or a reader is kept: a compiled query has a gap, a `Later`, wherever a value of the one search goes.
"""

from dataclasses import dataclass

from django.db import connections


@dataclass(frozen=True)
class Later:
    """A parameter whose value is only known when the query is asked, by its name among the values of that search."""

    name: str


class CompiledQuery:
    """The SQL of a QuerySet, of which our own expressions left some parameters for later."""

    def __init__(self, queryset):
        self.sql, self.parameters = queryset.query.sql_with_params()

    def rows(self, using: str, values: dict) -> list[tuple]:
        """What the database alias `using` answers; `values` by the names of the parameters that were left open."""
        given = [values[each.name] if isinstance(each, Later) else each for each in self.parameters]
        with connections[using].cursor() as cursor:
            cursor.execute(self.sql, given)
            return cursor.fetchall()
