"""A text that is a ZIP code, or has one in it, or digits that may be one."""

from django.utils.translation import gettext as _

from clinics.search.characters import FEW_DIGITS, ONLY_A_ZIP, SPREADSHEET, ZipToken, is_street
from clinics.search.cities import KnownCities
from clinics.search.gazetteer import AmbiguousPlace, Place, PlaceNotFound, find_zip, find_zips, search_name
from clinics.search.readings import readings, state_of
from clinics.search.words import NoPlaceMeant, Understanding, place_names, take_words, tidy

HELPLINES = ("911", "988")  # who types one of them finds it on the page, and is not asked for a ZIP code


def place_of_digits(digits: str, understanding: Understanding) -> Place:
    if digits in HELPLINES:
        raise NoPlaceMeant
    if found := SPREADSHEET.fullmatch(digits) or ONLY_A_ZIP.fullmatch(digits):
        code = next(filter(None, found.groups())).zfill(5)
        understanding.near = code
        try:
            return find_zip(code)
        except PlaceNotFound:
            if code in digits:
                raise
    if FEW_DIGITS.fullmatch(digits):
        raise few_digits(digits)
    sentence = _("A ZIP code has five digits, such as 02139. Check the digits, or type a city and state.")
    known = find_zips([digits[:5], digits[-5:]]) if digits.isdigit() else []
    understanding.name = digits
    if known:
        raise AmbiguousPlace(five_digits(digits), dict.fromkeys(zip_code.label for zip_code in known))
    raise PlaceNotFound(sentence)


def five_digits(digits: str) -> str:
    sentence = _("A ZIP code has five digits, and you typed %(digits)s. Do you mean one of these?")
    return sentence % {"digits": digits}


def few_digits(digits: str) -> AmbiguousPlace | PlaceNotFound:
    """The ZIP code whose zeros were lost, and those that begin so: with three digits, their cities."""
    known = find_zips([digits.zfill(5)], [digits])
    if not known:
        return PlaceNotFound(
            _("A ZIP code has five digits, such as 02139. Check the digits, or type a city and state.")
        )
    restored = [zip_code.label for zip_code in known if zip_code.code == digits.zfill(5)]
    begun = [zip_code for zip_code in known if zip_code.code.startswith(digits)]
    several = [zip_code.label for zip_code in begun] if len(digits) > 3 else largest_cities(begun)
    return AmbiguousPlace(five_digits(digits), dict.fromkeys([*restored, *several]))


def largest_cities(zip_codes) -> list[str]:
    """The cities that most of the ZIP codes are of, first."""
    cities = [f"{zip_code.city}, {zip_code.state}" for zip_code in zip_codes]
    return sorted(dict.fromkeys(cities), key=cities.count, reverse=True)


def place_of_zip_in(text: str, tokens: list[ZipToken], understanding: Understanding) -> Place | None:
    """The place of a ZIP code in a text, or None if its five digits are the number of a house."""
    token = tokens[0]
    if len(tokens) > 1 and not is_street(text):
        known = find_zips(each.code for each in tokens)
        if len(known) > 1:
            raise AmbiguousPlace(_("Which one do you mean?"), [zip_code.label for zip_code in known])
    rest = tidy(f"{text[: token.start]} {text[token.end :]}")
    words = take_words(rest)
    left = words.bare
    if not token.is_at_the_end and is_street(text):
        return None
    try:
        place = place_beside(left, token) if left and not token.is_at_the_end else find_zip(token.code)
    except PlaceNotFound:
        if token.had_letters or (left and not token.is_at_the_end):
            return None
        raise
    understanding.words, understanding.near = words, token.code
    if token.had_letters:
        understanding.say(_("We read “%(typed)s” as %(zip)s."), typed=token.typed, zip=token.code)
    leave_out(left, place, understanding)
    return place


def place_beside(left: str, token: ZipToken) -> Place:
    """The place of a ZIP code before other words. Raises AmbiguousPlace if they name a city in another state."""
    tried = [reading for reading in readings(left) if reading.state]
    known = find_zips([token.code])
    if not known or not tried or any(reading.state == known[0].state for reading in tried):
        return known[0].place if known else find_zip(token.code)
    cities, _reading = KnownCities(tried).pick(tried)
    if not cities:
        return known[0].place
    sentence = _("%(zip)s is in %(city)s. Which place do you mean?")
    values = {"zip": known[0].code, "city": f"{known[0].city}, {known[0].state}"}
    raise AmbiguousPlace(sentence % values, [known[0].label, *map(str, cities)])


def leave_out(left: str, place: Place, understanding: Understanding) -> None:
    """Say which words were not used, unless they are the city of the ZIP code or an address."""
    used = {search_name(word) for word in place.label.split()} | {search_name(place.label[:-6])}
    if any(label.startswith(place.label[:-6]) for label in place_names().get(search_name(left), ())):
        return
    unused = [word for word in left.replace(",", " ").split() if search_name(word) not in used and not state_of(word)]
    if unused and search_name(left) not in used and not any(character.isdigit() for character in left):
        understanding.name = " ".join(unused)
        understanding.say(_("We left out “%(words)s”."), words=understanding.name)
