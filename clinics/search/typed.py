"""What somebody typed into the one box: a place, filters in words, a question to ask back, or the name of a clinic.

`understand` never guesses in silence: what was read in another way than it stands there is told in `notes`, and each
filter is one that the page shows and that can be taken off. A plain ZIP code is looked up at once.
"""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinics.search import facets
from clinics.search.characters import PHONE, digits_beside_words, read_point, readable, zip_tokens
from clinics.search.gazetteer import AmbiguousPlace, Place, PlaceNotFound, find_point, find_zip
from clinics.search.typed_names import place_of_words
from clinics.search.typed_streets import ADDRESS, at_street
from clinics.search.typed_zips import few_digits, place_of_digits, place_of_zip_in
from clinics.search.words import NoPlaceMeant, Understanding, names_an_overdose, take_words

LONGEST_STORY = 1000  # characters in which an overdose is looked for: whoever types more than a place may need help


@dataclass(frozen=True)
class Typed:
    """What was understood.

    `outcome`: "found"; "which": choose one; "where": only words, no place; "empty"; "unknown": no such place.
    """

    outcome: str
    place: Place | None = None
    near: str = ""  # a text without the words that became filters: it finds the same again
    filters: tuple[facets.FacetValue, ...] = ()
    notes: tuple[str, ...] = ()  # sentences for the reader: what was read in another way than it stands there
    problem: str = ""  # the sentence for the reader if there is no place
    choices: tuple[str, ...] = ()  # texts that would be found
    name: str = ""  # what may be the name or the phone number of a clinic


def understand(text: str) -> Typed:
    """What `text` means. One query for a place; a second one for what may have been meant by one we do not know."""
    if text.isascii() and text.isdigit() and len(text) == 5:
        try:
            return Typed("found", find_zip(text), near=text)
        except PlaceNotFound as error:
            return Typed("unknown", near=text, problem=str(error), choices=tuple(error.suggestions))
    understanding, near = Understanding(), text
    if names_an_overdose(text[:LONGEST_STORY]):
        understanding.say(_("If someone may be overdosing, call 911 now, and give naloxone if you have it."))
    try:
        plain = readable(text)
        place = at_street(plain, find_place(plain, understanding), understanding)
        if place.kind == ADDRESS:
            near = place.label  # without an apartment
        elif understanding.notes or understanding.words.filters or plain != text:
            near = understanding.near or place.label
        result = Typed("found", place, near=near)
    except NoPlaceMeant:
        result = Typed(
            "where" if text.strip() else "empty",
            problem=_("Where are you looking? Type a ZIP code, or a city and state."),
        )
    except AmbiguousPlace as error:
        near = rest_of(text, understanding)
        result = Typed("which", near=near, problem=str(error), choices=tuple(error.choices))
    except PlaceNotFound as error:
        near = rest_of(text, understanding)
        result = Typed("unknown", near=near, problem=str(error), choices=tuple(error.suggestions))
    result = replace(result, filters=filters_of(understanding))
    if result.outcome == "unknown":  # then the words may be those of a name, and are no filters yet
        return replace(result, notes=tuple(understanding.notes), name=text if understanding.name else "")
    return replace(result, notes=notes_of(understanding), name=understanding.name)


def rest_of(text: str, understanding: Understanding) -> str:
    """The text without the words that became filters."""
    words = understanding.words
    return words.rests[0] if words.filters and words.rests else text


def filters_of(understanding: Understanding) -> tuple[facets.FacetValue, ...]:
    return tuple(facets.VALUES[key] for key in understanding.words.filters)


def notes_of(understanding: Understanding) -> tuple[str, ...]:
    words = understanding.words.filter_words
    if not words:
        return tuple(understanding.notes)
    sentence = ngettext(
        "We read “%(words)s” as a filter. You can take it off.",
        "We read these words as filters: “%(words)s”. You can take them off.",
        len(words),
    )
    return (*understanding.notes, sentence % {"words": "”, “".join(words)})


def find_place(text: str, understanding: Understanding) -> Place:
    """Raises NoPlaceMeant, AmbiguousPlace or PlaceNotFound."""
    if not text:
        raise NoPlaceMeant
    if point := read_point(text):
        understanding.say(point.note)
        return find_point(point.latitude, point.longitude)
    if PHONE.fullmatch(text):
        understanding.name = text
        raise PlaceNotFound(_("That looks like a phone number. Type a ZIP code, or a city and state."))
    if tokens := zip_tokens(text):
        if place := place_of_zip_in(text, tokens, understanding):
            return place
    elif found := digits_beside_words(text):
        understanding.words = take_words(text.replace(found, " "))
        raise few_digits(found)
    elif not any(character.isalpha() for character in text):
        return place_of_digits(text.replace(" ", ""), understanding)
    understanding.words = take_words(text)
    return place_of_words(text, understanding)
