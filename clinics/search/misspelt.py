"""What may have been meant by a name that no place has: the spelling next to it, or names like it."""

from typing import NamedTuple

from clinics.models.places import City
from clinics.search.gazetteer import search_name, states

MOST_SUGGESTIONS = 5
SHORTEST_NAME = 4  # letters; one wrong letter of fewer is another name
LETTERS_A_MISTAKE = 5  # a name of ten letters may have two
MOST_MISTAKES = 2
SURE_POPULATION = 50_000  # a town without a stated state is taken for a misspelt one if it is so large,
TIMES_AS_LARGE = 10  # and so much larger than any other it may be
# Behind a name: what is called so is an area, not a town.
AREAS = ("county", "parish", "borough", "censusarea", "island", "islands", "municipio")


class Likely(NamedTuple):
    city: City | None  # what was surely meant
    suggestions: list[str]  # else texts that would be found, the likeliest first


def likely_meant(name: str, state: str, cities: list[City]) -> Likely:
    """What `name` may mean of the `cities` with names like it, in a stated state first."""
    key = search_name(name)
    close = [city for city in cities if state in ("", city.state) and is_close(key, city.search_name)]
    close.sort(key=lambda city: (mistakes(key, city.search_name), -city.population, -city.zip_count))
    sure = close[0] if close and is_sure(key, close, state) else None
    ordered = sorted(cities, key=lambda city: rank(city, key, state))
    return Likely(sure, [str(city) for city in ordered if rank(city, key, state)[0] < NOTHING][:MOST_SUGGESTIONS])


NOTHING = 9
LIKE_ENOUGH = 0.3  # pg_trgm's own threshold


def rank(city, key: str, state: str) -> tuple:
    """The stated state before the same name in others; there the area of that name, then close spellings."""
    is_there = state in ("", city.state)
    if is_there and city.search_name.startswith(key) and city.search_name[len(key) :] in AREAS:
        place = 0
    elif is_there and is_close(key, city.search_name):
        place = 1
    elif city.search_name == key:
        place = 2
    else:
        place = 3 if is_there and city.similarity >= LIKE_ENOUGH else NOTHING
    return place, -round(city.similarity, 2) if place == 3 else 0, -city.population, -city.zip_count, city.state


def is_close(key: str, name: str) -> bool:
    allowed = min(MOST_MISTAKES, len(key) // LETTERS_A_MISTAKE) or int(len(key) >= SHORTEST_NAME)
    return abs(len(key) - len(name)) <= allowed and mistakes(key, name) <= allowed


def is_sure(key: str, close: list[City], state: str) -> bool:
    """Whether the first of the close spellings is the only one, or far larger than all others as close."""
    first, *others = close
    rivals = [city for city in others if mistakes(key, city.search_name) == mistakes(key, first.search_name)]
    rivals = [city for city in rivals if (city.search_name, city.state) != (first.search_name, first.state)]
    if any(first.population < TIMES_AS_LARGE * max(1, city.population) for city in rivals):
        return False
    return bool(state) or first.population >= SURE_POPULATION


def mistakes(one: str, other: str) -> int:
    """Letters that are wrong, missing, too many, or swapped with the next (optimal string alignment)."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, before_last[j - 2] + 1)
            row.append(best)
        before_last, last = last, row
    return last[-1]


def closest_state(text: str) -> str:
    """The state whose name is spelled like `text`, with a letter or two wrong; "" if none is."""
    key = search_name(text)
    if len(key) < SHORTEST_NAME:
        return ""
    close = {code for form, code in states().items() if len(form) > SHORTEST_NAME and is_close(key, form)}
    return close.pop() if len(close) == 1 else ""
