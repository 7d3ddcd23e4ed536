"""Where is that? `locate` for those who need a place alone; what else a text may say is read in typed.py."""

from clinics.search.characters import LONGEST_TEXT, POINT
from clinics.search.gazetteer import AmbiguousPlace, Place, PlaceNotFound, search_name
from clinics.search.typed import understand

__all__ = ["LONGEST_TEXT", "POINT", "AmbiguousPlace", "Place", "PlaceNotFound", "locate", "search_name"]


def locate(text: str) -> Place:
    """The place that `text` names: a ZIP code, "City, ST", a city, a state or "latitude,longitude".

    Raises PlaceNotFound or AmbiguousPlace, whose messages tell the reader what to do.
    """
    typed = understand(text)
    if typed.place:
        return typed.place
    if typed.outcome == "which":
        raise AmbiguousPlace(typed.problem, typed.choices)
    raise PlaceNotFound(typed.problem, list(typed.choices))
