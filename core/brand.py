"""What the owner of a site sets for themselves: the colour, and helplines beside the national ones.

Wrong values are refused at the start with a sentence, not found by a reader who needs the page or the number.
"""

import functools
import hashlib
import re
from dataclasses import dataclass

import phonenumbers
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# The backgrounds of the colour, and the text colours on it, as static/css/base.css has them.
LIGHT_GROUNDS = ("#fbfaf7", "#ffffff")
DARK_GROUNDS = ("#121918", "#1b2423")
LIGHT_ON, DARK_ON = "#ffffff", "#06231d"
READABLE = 4.5  # the contrast that WCAG 2.2 requires of text
MOST_HELPLINES = 2  # the strip stays on one screen with the national ones


@dataclass(frozen=True)
class Helpline:
    name: str
    number: str  # as shown
    tel: str  # as dialed


def luminance(colour: str) -> float:
    """Of "#rrggbb", from 0 to 1, as WCAG defines it."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def mixed(colour: str, other: str, share: float) -> str:
    """`colour` with a `share` from 0 to 1 of `other`."""
    pairs = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(mine + (theirs - mine) * share):02x}" for mine, theirs in pairs)


def checked(name: str, colour: str, others: tuple[str, ...]) -> str:
    colour = colour.strip().lower()
    if not re.fullmatch("#[0-9a-f]{6}", colour):
        raise ImproperlyConfigured(f"{name}, {colour}, is no colour: write it as #0a6355.")
    for other in others:
        if (found := contrast(colour, other)) < READABLE:
            raise ImproperlyConfigured(
                f"{name}, {colour}, cannot be read beside {other}: the contrast is {found:.1f} and has to be "
                f"{READABLE}. Take a {'darker' if luminance(other) > 0.5 else 'lighter'} one."
            )
    return colour


@functools.cache
def style_sheet(light: str, dark: str) -> str:
    """The tokens of the style sheet that follow from the colours; "" without any."""
    rules = []
    if light:
        light = checked("BRAND_COLOR", light, (*LIGHT_GROUNDS, LIGHT_ON))
        strong, soft = mixed(light, "#000000", 0.25), mixed(light, "#ffffff", 0.9)
        checked("BRAND_COLOR", light, (soft,))
        rules.append(f":root {{ --accent: {light}; --accent-strong: {strong}; --accent-soft: {soft}; }}")
    if dark:
        dark = checked("BRAND_COLOR_DARK", dark, (*DARK_GROUNDS, DARK_ON))
        strong, soft = mixed(dark, "#ffffff", 0.3), mixed(dark, "#121918", 0.85)
        checked("BRAND_COLOR_DARK", dark, (soft,))
        tokens = f"--accent: {dark}; --accent-strong: {strong}; --accent-soft: {soft};"
        rules.append(f"@media (prefers-color-scheme: dark) {{ :root {{ {tokens} }} }}")
    elif light:  # else the light colour would be on the dark background
        rules.append(
            "@media (prefers-color-scheme: dark) { :root "
            "{ --accent: #74d3c0; --accent-strong: #9be3d4; --accent-soft: #1e3833; } }"
        )
    return "\n".join(rules)


def version(sheet: str) -> str:
    """A hash for the address of the sheet, so that a browser may keep it for ever."""
    return hashlib.sha256(sheet.encode()).hexdigest()[:12] if sheet else ""


@functools.cache
def helplines(stated: tuple[str, ...]) -> tuple[Helpline, ...]:
    """Those of texts such as "Ohio CareLine: 1-800-555-0116". Raises ImproperlyConfigured with a sentence."""
    if len(stated) > MOST_HELPLINES:
        raise ImproperlyConfigured(f"HELPLINES names {len(stated)}; there is room for {MOST_HELPLINES}.")
    found = []
    for text in stated:
        name, _, number = (part.strip() for part in text.rpartition(":"))
        try:
            parsed = phonenumbers.parse(number, "US")
        except phonenumbers.NumberParseException as error:
            raise ImproperlyConfigured(f"HELPLINES: {text!r} has no number. Write NAME: 1-800-555-0100.") from error
        if not name or not phonenumbers.is_possible_number(parsed):
            raise ImproperlyConfigured(f"HELPLINES: {text!r} is no name and number. Write NAME: 1-800-555-0100.")
        found.append(Helpline(name, number, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)))
    return tuple(found)


def site_style_sheet() -> str:
    """That of this site's settings."""
    return style_sheet(settings.BRAND_COLOR, settings.BRAND_COLOR_DARK)


def site_helplines() -> tuple[Helpline, ...]:
    return helplines(tuple(settings.HELPLINES))
