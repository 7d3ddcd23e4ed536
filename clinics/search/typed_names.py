"""A text that is the name of a place, with words for what is sought beside it."""

from django.utils.translation import gettext as _

from clinics.models.places import City
from clinics.search.characters import is_street
from clinics.search.cities import LARGE_CITY, everybody_means, one_of, pick
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
    tried: list[Reading] = []
    for candidate in candidates:
        if candidate != text and (place := whole_place(candidate, understanding)):
            return of_cities(text, tried, understanding) or place
        tried += readings(candidate)
    if place := of_cities(text, tried, understanding):
        return place
    if not words.bare:
        raise NoPlaceMeant
    return not_a_city(candidates, understanding)


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
    means = place_names().get(search_name(text))
    if means is None:
        if state := state_of(text):
            return find_state(state)
        if names := two_states(text):
            cities = find_cities(search_name(name.name) for name in names)
            labels = [str(city) for name in names for city in cities if city.state == name.state]
            if labels:
                raise AmbiguousPlace(_("Which one do you mean?"), dict.fromkeys(labels))
        means = means_in_its_state(text)
    if not means:
        return None
    if len(means) > 1:
        raise AmbiguousPlace(_("“%(text)s” may mean several places. Which one do you mean?") % {"text": text}, means)
    place = place_of_label(means[0])
    if search_name(text) != search_name(place.label):
        understanding.say(_("We read “%(typed)s” as %(place)s."), typed=text, place=place.label)
    return place


def means_in_its_state(text: str) -> tuple[str, ...]:
    """ "vegas nevada": the meaning of a name that lies in the state behind it."""
    for reading in readings(text):
        found = place_names().get(search_name(reading.name), ()) if reading.state and not reading.within else ()
        if there := tuple(means for means in found if f", {reading.state}" in means):
            return there
    return ()


def place_of_label(label: str) -> Place:
    """Of a label in our own table: "Albany, NY", "New York, NY 10009" or a state."""
    if state := state_of(label):
        return find_state(state)
    if label[-5:].isdigit():
        return find_zip(label[-5:])
    name, _comma, state = label.rpartition(", ")
    cities = [city for city in find_cities([search_name(name)]) if city.state == state]
    if not cities:
        sentence = _("We know no place called “%(text)s”. Check the spelling, or type a ZIP code.")
        raise PlaceNotFound(sentence % {"text": label})
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


def of_cities(text: str, tried: list[Reading], understanding: Understanding) -> Place | None:
    """The place of the first reading that is a city. "Spanish Lake MO" is one: then Spanish is no filter."""
    cities, reading = pick(tried)
    if not reading:
        return None
    name = search_name(f"{reading.name} {reading.within}")
    if is_street(text) or any(search_name(word) in name for word in understanding.words.filter_words):
        understanding.words = Words(rests=[text])
    return one_of(cities, understanding)


def not_a_city(candidates: list[str], understanding: Understanding) -> Place:
    """The city whose name is spelled nearly so; else PlaceNotFound, with the names like it."""
    rest = candidates[1] if understanding.words.filters and len(candidates) > 1 else candidates[0]
    if place := place_at_the_end(understanding.words.bare, understanding):
        return place
    if state := closest_state(rest):
        understanding.say(_("We read “%(typed)s” as %(place)s."), typed=rest, place=state_label(state))
        return find_state(state)
    if found := misspelt_state(rest):
        cities, _reading = pick([found])
        if cities:
            return misspelt(rest, cities[0], understanding)
    names = [reading for reading in readings(rest) if not reading.within]
    wanted = names[0] if names else Reading(rest)
    likely = likely_meant(wanted.name, wanted.state)
    if likely.city:
        return misspelt(rest, likely.city, understanding)
    if not wanted.state:
        understanding.name = rest
    if not likely.suggestions:
        sentence = _("We know no place called “%(text)s”. Check the spelling, or type a ZIP code.")
        raise PlaceNotFound(sentence % {"text": rest})
    sentence = _("We know no place called “%(text)s”. The nearest names are: %(names)s. Or type a ZIP code.")
    raise PlaceNotFound(sentence % {"text": rest, "names": "; ".join(likely.suggestions)}, likely.suggestions)


def place_at_the_end(text: str, understanding: Understanding) -> Place | None:
    """The city at the end of "alcohol rehab Boise": only one in a stated state, or one that everybody means."""
    cities, reading = pick(last_words(text))
    if not reading or not (reading.state or len(cities) == 1 or everybody_means(cities)):
        return None
    if not reading.state and cities[0].population < LARGE_CITY and not understanding.words.filters:
        return None
    at = text.replace(",", " ").find(reading.name)
    understanding.name = tidy(text[:at])
    understanding.say(_("We left out “%(words)s”."), words=understanding.name)
    return one_of(cities, understanding)


def misspelt(typed: str, city: City, understanding: Understanding) -> Place:
    understanding.say(_("We know no “%(typed)s” and searched near %(place)s."), typed=typed, place=str(city))
    return as_place(city)
