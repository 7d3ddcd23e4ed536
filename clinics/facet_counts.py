"""How many clinics each filter would give: one pass over the bit masks, however many facets there are."""

from dataclasses import dataclass

from django.db import connection

from clinics import facets


@dataclass(frozen=True)
class FacetCounts:
    total: int  # clinics that pass every filter
    sponsored: int  # how many of them may also appear in the sponsored band
    by_value: dict[str, int]  # "medication/buprenorphine": what the search gives once this value is ticked too
    without_group: dict[str, int]  # "medication": what it gives once this group's filters are dropped


def count_facets(clinics, selection: dict[str, list[facets.FacetValue]]) -> FacetCounts:
    """The counts of every facet over `clinics`, a QuerySet with `access_now` that no facet has filtered yet.

    Within a group values add up (or), across groups they narrow (and).
    """
    rows, params = clinics.order_by().values_list(*facets.COLUMNS, "sponsored_until").query.sql_with_params()
    columns, names = _counted_columns(selection)
    passes = "".join(
        f", ({values[0].column} & {facets.mask_of(values)}) <> 0 AS {_passes(group)}"
        for group, values in selection.items()
    )
    # Every part of the text is ours (names of columns and bits); what the visitor typed stays in the parameters.
    query = f"SELECT {', '.join(columns)} FROM (SELECT *{passes} FROM ({rows}) AS clinics) AS clinics"  # noqa: S608 - see above
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        counts = dict(zip(names, cursor.fetchone(), strict=True))
    return FacetCounts(
        total=counts["total"],
        sponsored=counts["sponsored"],
        by_value={key: counts[key] for key in facets.VALUES},
        without_group={group: counts[group] for group in selection},
    )


def _passes(group: str) -> str:
    return f"passes_{group}"


def _counted_columns(selection) -> tuple[list[str], list[str]]:
    """The expressions to select, and the name of the count that each gives."""
    columns, names = [], []

    def count(name: str, conditions: list[str]) -> None:
        columns.append(f"count(*) FILTER (WHERE {' AND '.join(conditions)})" if conditions else "count(*)")
        names.append(name)

    everyone = {group: _passes(group) for group in selection}
    count("total", list(everyone.values()))
    count("sponsored", [*everyone.values(), "sponsored_until > now()"])
    for group in selection:
        count(group, [passes for other, passes in everyone.items() if other != group])
    for group in facets.GROUPS:
        others = [passes for other, passes in everyone.items() if other != group.slug]
        ticked = facets.mask_of(selection.get(group.slug, []))
        for value in group.values:
            count(value.key, [*others, f"({value.column} & {ticked | value.bit}) <> 0"])
    return columns, names
