"""The trend of a measure as a drawing: a point a month with its interval, in units of the viewBox."""

from dataclasses import dataclass
from itertools import pairwise

from clinics.verification.accuracy_sample import Month

WIDTH, HEIGHT = 720, 340
LEFT, RIGHT, TOP, BOTTOM = 108, 16, 24, 48
LABELS = 6  # months named below the axis, at most


@dataclass(frozen=True)
class Point:
    x: int
    y: int
    low: int
    high: int
    month: Month
    label: str


@dataclass(frozen=True)
class Trend:
    points: list[Point]
    line: str  # a path between consecutive months; a month that was not measured is a gap
    grid: list[tuple[int, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    below: int = HEIGHT - 10


def trend_of(months: list[Month], measure: str) -> Trend | None:
    """None without a month: only what was measured is drawn."""
    if not months:
        return None
    first = _number(months[0])
    span = max(1, _number(months[-1]) - first)
    every = -(-len(months) // LABELS)
    points = []
    for place, month in enumerate(months):
        share = month.shares[measure]
        x = round(LEFT + 48 + (WIDTH - LEFT - RIGHT - 96) * (_number(month) - first) / span)
        label = f"{month.month:%Y-%m}" if place % every == 0 else ""
        points.append(Point(x, _y(share.value), _y(share.low), _y(share.high), month, label))
    line = f"M{points[0].x} {points[0].y}"
    for before, point in pairwise(points):
        is_next = _number(point.month) - _number(before.month) == 1
        line += f"{'L' if is_next else 'M'}{point.x} {point.y}"
    return Trend(points, line, [(_y(percent / 100), f"{percent} %") for percent in (0, 25, 50, 75, 100)])


def _number(month: Month) -> int:
    return month.month.year * 12 + month.month.month


def _y(share: float) -> int:
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - share))
