"""Numbered pins that do not cover each other: a pin that is moved aside keeps a dot at its place, and a line to it."""

import math
from dataclasses import dataclass

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from clinics.geo import Coordinates
from clinics.maps.projection import HEIGHT, WIDTH
from core.prerendered import PrerenderedPartial

PIN = 56  # units: 24 pixels on the narrowest phone, the smallest target that a finger hits
GAP = 3
DIGIT = 17  # units of each digit from the third
ROUNDS = 80
PAIRS = 20  # a list has no more rows a page, and static/css/map.css names so many
PLACE = 13  # half the width of the mark of the reader's place
MOVED_FROM = 6  # units; a pin that moved less needs no leader line
TURN = 2.399963  # radians: the golden angle, in which pins of one place spread

LEADER_LINE = PrerenderedPartial("clinics/_pin_lead.html", "lead", "x", "y")
NUMBERED_PIN = PrerenderedPartial(
    "clinics/_pin.html", "address", "number", "pair", "name", "left", "top", "width", "height", "x", "y"
)


@dataclass(frozen=True, slots=True)
class MapPoint:
    """What a map shows at a place."""

    coordinates: Coordinates
    label: str
    address: str = ""  # of its page
    number: int | None = None  # as in the list beside the map
    is_approximate: bool = False  # the middle of its ZIP code
    zip_code: str = ""
    city: str = ""


def split_points(points: list[MapPoint]) -> tuple[list[MapPoint], list[MapPoint]]:
    """Those that stand where they are, and those that are known to their ZIP code only: no pin pretends."""
    exact = [point for point in points if not point.is_approximate]
    return exact, [point for point in points if point.is_approximate]


@dataclass
class Pin:
    """A point on the canvas. `x`, `y` is its place, `pin_x`, `pin_y` the middle of the pin; all in units."""

    point: MapPoint
    x: float
    y: float
    pin_x: float = 0
    pin_y: float = 0
    width: int = PIN  # more for a long number
    height = PIN

    def __post_init__(self):
        self.width += DIGIT * max(0, len(str(self.number or "")) - 2)

    @property
    def number(self) -> int | None:
        return self.point.number

    @property
    def left(self) -> int:
        return round(self.pin_x - self.width / 2)

    @property
    def top(self) -> int:
        return round(self.pin_y - PIN / 2)

    @property
    def was_moved(self) -> bool:
        return math.hypot(self.pin_x - self.x, self.pin_y - self.y) >= MOVED_FROM

    @property
    def spot(self) -> tuple[str, str]:
        return f"{self.x:.0f}", f"{self.y:.0f}"

    @property
    def leader_line(self) -> str:
        """The line from its place to where the pin stands."""
        return f"M{self.x:.0f} {self.y:.0f}L{self.pin_x:.0f} {self.pin_y:.0f}"

    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom."""
        return (self.left - GAP, self.top - GAP, self.left + self.width + GAP, self.top + PIN + GAP)


def pins_svg(pins: list[Pin], query: str) -> SafeString:
    """The numbered pins, each a link to its page, behind which `query` is put."""
    language = get_language()
    drawn = []
    for pin in pins:
        if pin.number:
            values = {
                "number": str(pin.number),
                "pair": pair_of(pin.number),
                "name": pin.point.label,
                "address": f"{pin.point.address}?{query}" if query else pin.point.address,
                "x": str(round(pin.pin_x)),
                "y": str(round(pin.pin_y)),
                "left": str(pin.left),
                "top": str(pin.top),
                "width": str(pin.width),
                "height": str(pin.height),
            }
            drawn.append(NUMBERED_PIN.fill(values, language))
    return mark_safe("\n".join(drawn))  # noqa: S308 - filled from a template, texts escaped


def pair_of(number: int) -> str:
    """By which a pin and its row find each other in the style sheet: 21, the first of the second page, is "1"."""
    return str((number - 1) % PAIRS + 1)


def leads_svg(pins: list[Pin]) -> SafeString:
    """The leader lines of the pins that had to move."""
    language = get_language()
    lines = []
    for pin in pins:
        if pin.was_moved:
            x, y = pin.spot
            lines.append(LEADER_LINE.fill({"lead": pin.leader_line, "x": x, "y": y}, language))
    return mark_safe("\n".join(lines))  # noqa: S308 - filled from a template with numbers


def spread_pins(pins: list[Pin], place: tuple[float, float] | None = None) -> None:
    """Move pins apart until none covers another or the mark of the reader's `place`; they stay on the canvas."""
    for n, pin in enumerate(pins):  # pins of one place start in different directions
        pin.pin_x, pin.pin_y = pin.x + math.cos(n * TURN), pin.y + math.sin(n * TURN)
        keep_on_canvas(pin)
    for _round in range(ROUNDS):
        moved = False
        for n, pin in enumerate(pins):
            if place and push_from(pin, place):
                moved = True
            if push_others(pin, pins[n + 1 :]):
                moved = True
        for pin in pins:
            keep_on_canvas(pin)
        if not moved:
            break


def push_others(one: Pin, others: list[Pin]) -> bool:
    """Whether a pin covered another; each of the two then goes half of the way.

    Written out, with the position of `one` in local variables: a page calls this ten thousand times.
    """
    moved, tall = False, PIN + GAP
    x, y, half = one.pin_x, one.pin_y, one.width / 2
    for other in others:
        down = other.pin_y - y
        if not -tall < down < tall:
            continue
        across, wide = other.pin_x - x, half + other.width / 2 + GAP
        if not -wide < across < wide:
            continue
        apart = math.hypot(across / wide, down / tall)
        if apart >= 1:
            continue
        if apart < 1e-6:
            across, apart = 1e-3 * wide, 1e-3
        push = (1.02 / apart - 1) / 2
        x, y = x - across * push, y - down * push
        other.pin_x, other.pin_y = other.pin_x + across * push, other.pin_y + down * push
        moved = True
    one.pin_x, one.pin_y = x, y
    return moved


def push_from(pin: Pin, place: tuple[float, float]) -> bool:
    """Whether a pin covered the mark of the reader's place, which stays; the pin goes all of the way."""
    across, down = pin.pin_x - place[0], pin.pin_y - place[1]
    wide, tall = pin.width / 2 + PLACE, PIN / 2 + PLACE
    if not (-wide < across < wide and -tall < down < tall):
        return False
    apart = math.hypot(across / wide, down / tall)
    if apart >= 1:
        return False
    if apart < 1e-6:
        across, apart = 1e-3 * wide, 1e-3
    pin.pin_x, pin.pin_y = place[0] + across * 1.02 / apart, place[1] + down * 1.02 / apart
    return True


def keep_on_canvas(pin: Pin) -> None:
    half_width, half_height = pin.width / 2 + 2, PIN / 2 + 2
    pin.pin_x = min(WIDTH - half_width, max(half_width, pin.pin_x))
    pin.pin_y = min(HEIGHT - half_height, max(half_height, pin.pin_y))
