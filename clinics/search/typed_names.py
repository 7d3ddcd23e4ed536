"""A text that is the name of a place, with words for what is sought beside it."""

from django.utils.translation import gettext as _

from clinics.search.characters import is_street
from clinics.search.cities import LARGE_CITY, KnownCities, everybody_means, one_of
from clinics.search.gazetteer import (
    AmbiguousPlace,
    Place,
    PlaceNotFound,
    as_place,
    find_cities,
    find_state,
    find_zip,
    search_name,
    state_label,
)
from clinics.search.misspelt import closest_state, likely_meant
from clinics.search.readings import (
    Reading,
    last_words,
    misspelt_state,
    readings,
    state_of,
    two_states,
    with_a_state,
)
from clinics.search.words import NoPlaceMeant, Understanding, Words, place_names, tidy
from clinics.states import state_names


def place_of_words(text: str, understanding: Understanding) -> Place:
    words = understanding.words
    if place := whole_place(text, understanding):
        return place
    if not words.bare and words.say_something and not any(map(is_whole_place, words.rests)):
        return place_of_medicaid(understanding)
    candidates = likely_texts(text, words)
    tried, state = list(readings(text)), ""
    for candidate in candidates[1:]:
        if state := state_of(candidate) if search_name(candidate) not in place_names() else "":
            break
        if means := other_name(candidate):
            if place := place_of_several(candidate, means, understanding):
                return place
            return place_beside_words(text, candidate, means[0], tried, understanding)
        tried += readings(candidate)
    else:
        return place_of_readings(text, candidates, tried, understanding)
    return place_of_city(text, KnownCities(tried), tried, understanding) or find_state(state)


def place_beside_words(text: str, name: str, label: str, tried: list[Reading], understanding: Understanding) -> Place:
    """Of another name of a place that stands beside words: "Philly suboxone"."""
    city, _comma, state = label.rpartition(", ")
    meant = Reading(city, state)
    known = KnownCities([*tried, meant])
    place = place_of_city(text, known, tried, understanding)
    if place is None:
        say_other_name(name, label, understanding)
        place = place_of_city(text, known, [meant], understanding)
    if place is None:
        raise not_found(label, [])
    return place


def place_of_readings(text: str, candidates: list[str], tried: list[Reading], understanding: Understanding) -> Place:
    """The city of one of the readings, or of one spelled nearly so. One query."""
    words = understanding.words
    rest = candidates[-1] if words.filters or has_a_state(text) else text
    likely = next((reading for reading in readings(candidates[-1]) if not reading.within), Reading(rest))
    ends, wrong_state = list(last_words(words.bare)), misspelt_state(rest)
    perhaps = [*ends, wrong_state] if wrong_state else ends
    known = KnownCities(tried, perhaps=perhaps, likely=likely if words.bare else None)
    if place := place_of_city(text, known, tried, understanding):
        return place
    if not words.bare:
        raise NoPlaceMeant
    if place := place_at_the_end(words.bare, known, ends, understanding):
        return place
    if state := closest_state(rest):
        understanding.say(_("We read “%(typed)s” as %(place)s."), typed=rest, place=state_label(state))
        return find_state(state)
    cities, _reading = known.pick([wrong_state] if wrong_state else [])
    meant = likely_meant(likely.name, likely.state, known.alike)
    if city := next(iter(cities), meant.city):
        understanding.say(_("We know no “%(typed)s” and searched near %(place)s."), typed=rest, place=str(city))
        return as_place(city)
    if words.filters and (state := next((code for _name, code in with_a_state(words.bare)), "")):
        understanding.say(_("We left out “%(words)s”."), words=likely.name)
        return find_state(state)
    if not likely.state:
        understanding.name = rest
    raise not_found(rest, meant.suggestions)


def not_found(text: str, suggestions: list[str]) -> PlaceNotFound:
    if not suggestions:
        sentence = _("We know no place called “%(text)s”. Check the spelling, or type a ZIP code.")
        return PlaceNotFound(sentence % {"text": text})
    sentence = _("We know no place called “%(text)s”. The nearest names are: %(names)s. Or type a ZIP code.")
    return PlaceNotFound(sentence % {"text": text, "names": "; ".join(suggestions)}, suggestions)


def is_whole_place(text: str) -> bool:
    return bool(state_of(text)) or search_name(text) in place_names()


def place_of_medicaid(understanding: Understanding) -> Place:
    """The state whose Medicaid was named. Raises NoPlaceMeant if none was."""
    state = understanding.words.state
    if not state:
        raise NoPlaceMeant
    sentence = _("%(name)s is Medicaid in %(state)s, so we search there.")
    understanding.say(sentence, name=understanding.words.medicaid_name, state=state_names()[state])
    return find_state(state)


def whole_place(text: str, understanding: Understanding) -> Place | None:
    """The place of a text that is a state or another name of a place; the name may be followed by its state."""
    if means := other_name(text):
        return place_of_several(text, means, understanding) or place_of_label(text, means[0], understanding)
    if state := state_of(text):
        return find_state(state)
    if names := two_states(text):
        cities = find_cities(search_name(name.name) for name in names)
        labels = [str(city) for name in names for city in cities if city.state == name.state]
        if labels:
            raise AmbiguousPlace(_("Which one do you mean?"), dict.fromkeys(labels))
    return None


def other_name(text: str) -> tuple[str, ...]:
    """The labels of what another name of a place means: "Philly", "vegas nevada"; none if it is no such name."""
    return place_names().get(search_name(text)) or (() if state_of(text) else means_in_its_state(text))


def place_of_several(text: str, means: tuple[str, ...], understanding: Understanding) -> Place | None:
    """Of a name with a ZIP code as its place. Raises AmbiguousPlace where it has several."""
    if len(means) > 1:
        raise AmbiguousPlace(_("“%(text)s” may mean several places. Which one do you mean?") % {"text": text}, means)
    return place_of_label(text, means[0], understanding) if means[0][-5:].isdigit() else None


def say_other_name(text: str, label: str, understanding: Understanding) -> None:
    if search_name(text) != search_name(label):
        understanding.say(_("We read “%(typed)s” as %(place)s."), typed=text, place=label)


def means_in_its_state(text: str) -> tuple[str, ...]:
    """ "vegas nevada": the meaning of a name that lies in the state behind it."""
    for reading in readings(text):
        found = place_names().get(search_name(reading.name), ()) if reading.state and not reading.within else ()
        if there := tuple(means for means in found if f", {reading.state}" in means):
            return there
    return ()


def place_of_label(text: str, label: str, understanding: Understanding) -> Place:
    """Of a label in our own table: "Albany, NY" or "New York, NY 10009"."""
    say_other_name(text, label, understanding)
    if label[-5:].isdigit():
        return find_zip(label[-5:])
    name, _comma, state = label.rpartition(", ")
    cities = [city for city in find_cities([search_name(name)]) if city.state == state]
    if not cities:
        raise not_found(label, [])
    return as_place(cities[0])


def likely_texts(text: str, words: Words) -> list[str]:
    """The text, and what is left without words; a state that was plainly stated is not left out with them."""
    texts = dict.fromkeys([text, *words.rests])
    if has_a_state(text):
        return [each for each in texts if has_a_state(each) or state_of(each)]
    return list(texts)


def has_a_state(text: str) -> bool:
    """Whether it ends with a state behind a comma, or in full, or in capitals: "in", "or" and "me" are words too."""
    before, comma, last = text.rpartition(",")
    if comma and before and state_of(last):
        return True
    return any(len(text) - len(name) > 3 or text[-2:].isupper() for name, _state in with_a_state(text))


def place_of_city(text: str, known: KnownCities, tried: list[Reading], understanding: Understanding) -> Place | None:
    """The place of the first reading that is a city. "Spanish Lake MO" is one: then Spanish is no filter."""
    cities, reading = known.pick(tried)
    if not reading:
        return None
    name = search_name(f"{reading.name} {reading.within}")
    if is_street(text) or any(search_name(word) in name for word in understanding.words.filter_words):
        understanding.words = Words(rests=[text])
    return one_of(cities, understanding)


def place_at_the_end(text: str, known: KnownCities, ends: list[Reading], understanding: Understanding) -> Place | None:
    """The city at the end of "alcohol rehab Boise": only one in a stated state, or one that everybody means."""
    cities, reading = known.pick(ends)
    if not reading or not (reading.state or len(cities) == 1 or everybody_means(cities)):
        return None
    if not reading.state and cities[0].population < LARGE_CITY and not understanding.words.filters:
        return None
    at = text.replace(",", " ").find(reading.name)
    understanding.name = tidy(text[:at])
    understanding.say(_("We left out “%(words)s”."), words=understanding.name)
    return one_of(cities, understanding)
