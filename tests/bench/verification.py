"""Three policies for two years on the same invented churn: how much of what is shown is true, and what that costs.

`make bench-verification` writes docs/verification.md and its drawing. Seeded: the same numbers on any machine.
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

DOCS = Path(__file__).resolve().parents[2] / "docs"
SEED, CLINICS, DAYS = 20_261_123, 20_000, 730
CALLS_A_DAY = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 150
GOAL = 0.97

# The world: events a clinic and year. Nobody publishes these for clinics; they are assumptions, on the high side.
CLOSURES, PHONE_CHANGES, MOVES, CAPACITY_CHANGES = 0.04, 0.08, 0.05, 2.0
MOVES_WITH_NEW_PHONE = 0.3  # of moves
ACCEPTING = 0.65  # of clinics, at any time
# The survey: what is published is nine months old, and some clinics do not answer.
SURVEY_AGE_DAYS, SURVEY_ANSWERS = 270, 0.92
# Readers: of a clinic whose number or door is wrong, reports a day; of one that takes nobody new.
REPORTS_A_DAY, CAPACITY_REPORTS_A_DAY = 0.012, 0.002
# Ours: clinics with a working address, how many of them answer a round, what a call reaches.
WITH_EMAIL, MAIL_ANSWERS, CALL_REACHES, NUMBER_IS_FOUND = 0.5, 0.45, 0.7, 0.8
RECONFIRM, UNKNOWN, MAIL_ROUND, REST = 90, 180, 21, 2
NEVER = -10_000


@dataclass
class Facts:
    """Of every clinic: what is true, or what is shown. `accepting`: 1, 0, or -1 for not stated."""

    listed: np.ndarray
    phone: np.ndarray
    address: np.ndarray
    accepting: np.ndarray

    def copy(self) -> "Facts":
        return Facts(self.listed.copy(), self.phone.copy(), self.address.copy(), self.accepting.copy())

    def take(self, other: "Facts", rows: np.ndarray) -> None:
        for name in ("listed", "phone", "address", "accepting"):
            getattr(self, name)[rows] = getattr(other, name)[rows]


class World:
    """The truth, day by day; the same for every policy."""

    def __init__(self):
        self.chance = np.random.default_rng(SEED)
        n = CLINICS
        accepting = (self.chance.random(n) < ACCEPTING).astype(np.int8)
        self.now = Facts(np.ones(n, bool), np.zeros(n, int), np.zeros(n, int), accepting)

    def pass_a_day(self) -> None:
        now, draw = self.now, self.chance.random((5, CLINICS))
        moves = draw[2] < MOVES / 365
        now.phone += (draw[1] < PHONE_CHANGES / 365) | (moves & (draw[4] < MOVES_WITH_NEW_PHONE))
        now.address += moves
        now.listed &= draw[0] >= CLOSURES / 365
        # Two states with these rates have the stated share in balance.
        leave = np.where(now.accepting == 1, 1 - ACCEPTING, ACCEPTING) * 2
        flips = draw[3] < CAPACITY_CHANGES / 365 * leave
        now.accepting[flips] ^= 1


@dataclass
class Policy:
    name: str
    shown: Facts
    chance: np.random.Generator
    calls: int = 0
    mails: int = 0
    functional: list[float] = field(default_factory=list)
    true_facts: list[float] = field(default_factory=list)
    wrong_in_ten: list[float] = field(default_factory=list)

    def survey(self, collected: Facts) -> None:
        answered = self.chance.random(CLINICS) < SURVEY_ANSWERS
        self.shown.take(collected, answered & self.shown.listed)

    def step(self, day: int, truth: Facts) -> None:
        """What the policy does on a day, beside taking over the survey."""

    def measure(self, truth: Facts) -> None:
        shown, rows = self.shown, np.flatnonzero(self.shown.listed)
        right_phone = truth.listed[rows] & (shown.phone[rows] == truth.phone[rows])
        right_address = truth.listed[rows] & (shown.address[rows] == truth.address[rows])
        stated = shown.accepting[rows] >= 0
        right_accepting = truth.listed[rows] & (shown.accepting[rows] == truth.accepting[rows])
        wrong = (~right_phone).astype(int) + ~right_address + (stated & ~right_accepting)
        shown_facts = 2 * len(rows) + stated.sum()
        self.functional.append(right_phone.mean())
        self.true_facts.append(1 - wrong.sum() / shown_facts)
        # Clinics lie beside one another in the order of their numbers; a search finds ten neighbors.
        starts = np.random.default_rng(SEED).integers(0, len(rows) - 10, 2000)
        sums = np.concatenate([[0], np.cumsum(wrong)])
        self.wrong_in_ten.append((sums[starts + 10] - sums[starts]).mean())


def misleading(shown: Facts, truth: Facts) -> np.ndarray:
    return shown.listed & ~(truth.listed & (shown.phone == truth.phone) & (shown.address == truth.address))


class WithCorrections(Policy):
    """Once a week an editor calls whoever was reported."""

    reported: np.ndarray | None = None

    def collect(self, truth: Facts) -> np.ndarray:
        if self.reported is None:
            self.reported = np.zeros(CLINICS, int)
        wrong_capacity = self.shown.listed & (self.shown.accepting == 1) & (truth.accepting == 0)
        rate = misleading(self.shown, truth) * REPORTS_A_DAY + wrong_capacity * CAPACITY_REPORTS_A_DAY
        self.reported += self.chance.random(CLINICS) < rate
        return self.reported

    def step(self, day: int, truth: Facts) -> None:
        reported = self.collect(truth)
        if day % 7 == 0:
            rows = np.flatnonzero((reported > 0) & self.shown.listed)
            self.call(rows, truth)
            reported[rows] = 0

    def call(self, rows: np.ndarray, truth: Facts) -> np.ndarray:
        """Call these; the rows whose facts are known afterwards. A number that cannot be found is taken down."""
        self.calls += len(rows)
        works = truth.listed[rows] & (self.shown.phone[rows] == truth.phone[rows])
        learned = np.where(works, self.chance.random(len(rows)) < CALL_REACHES, True)
        found = works | (self.chance.random(len(rows)) < NUMBER_IS_FOUND)
        known = rows[learned & found]
        self.shown.take(truth, known)
        self.shown.listed[rows[learned & ~found]] = False
        return rows[learned]


class Ours(WithCorrections):
    """Every clinic is asked every 90 days by mail, or called: the reported first, then the stalest."""

    def start(self) -> None:
        self.has_email = self.chance.random(CLINICS) < WITH_EMAIL
        self.confirmed = np.full(CLINICS, NEVER)
        self.asked = np.full(CLINICS, NEVER)
        self.called = np.full(CLINICS, NEVER)
        self.answers_on = np.full(CLINICS, NEVER)

    def step(self, day: int, truth: Facts) -> None:
        reported = self.collect(truth)
        self.ask_by_mail(day, truth)
        waits = (day - self.asked < MAIL_ROUND) & (self.confirmed < self.asked)
        due = self.shown.listed & (day - self.confirmed >= RECONFIRM) & ~waits | (self.shown.listed & (reported > 0))
        rows = np.flatnonzero(due & (day - self.called >= REST))
        first = np.lexsort((rows, self.confirmed[rows], -np.minimum(reported[rows], 3)))[:CALLS_A_DAY]
        rows = rows[first]
        self.called[rows] = day
        known = self.call(rows, truth)
        self.confirmed[known], reported[known] = day, 0
        self.shown.accepting[day - self.confirmed >= UNKNOWN] = -1

    def ask_by_mail(self, day: int, truth: Facts) -> None:
        asks = (
            self.shown.listed & self.has_email & (day - self.confirmed >= RECONFIRM) & (day - self.asked >= RECONFIRM)
        )
        rows = np.flatnonzero(asks)
        self.asked[rows] = day
        answers = truth.listed[rows] & (self.chance.random(len(rows)) < MAIL_ANSWERS)
        after = self.chance.integers(0, MAIL_ROUND, len(rows))
        self.answers_on[rows] = np.where(answers, day + after, NEVER)
        self.mails += int((1 + (~answers | (after >= 7)) + (~answers | (after >= 14))).sum())
        known = np.flatnonzero((self.answers_on == day) & truth.listed & self.shown.listed)
        self.shown.take(truth, known)
        self.confirmed[known] = day


def simulate() -> list[Policy]:
    """Day 0 is the day on which the first list, nine months old, is published."""
    world = World()
    first = world.now.copy()
    for _day in range(SURVEY_AGE_DAYS):
        world.pass_a_day()
    kinds = [("Yearly survey", Policy), ("Yearly survey, weekly corrections", WithCorrections), ("Ours", Ours)]
    policies = [
        kind(name, first.copy(), np.random.default_rng([SEED, place])) for place, (name, kind) in enumerate(kinds)
    ]
    policies[-1].start()
    collected = None
    for day in range(DAYS):
        if day == 365 - SURVEY_AGE_DAYS:
            collected = world.now.copy()
        for policy in policies:
            if day == 365 and not isinstance(policy, Ours):
                policy.survey(collected)
            policy.step(day, world.now)
            policy.measure(world.now)
        world.pass_a_day()
    return policies


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def table(policies: list[Policy]) -> str:
    lines = [
        "| policy | functional, second year: mean (lowest) | shown facts that are true | wrong facts in the top ten "
        "| calls a day | mails a day |",
        "|---|---|---|---|---|---|",
    ]
    for policy in policies:
        second = slice(365, None)
        cells = [
            policy.name,
            f"{percent(np.mean(policy.functional[second]))} ({percent(min(policy.functional[second]))})",
            percent(np.mean(policy.true_facts[second])),
            f"{np.mean(policy.wrong_in_ten[second]):.2f}",
            f"{policy.calls / DAYS:.0f}",
            f"{policy.mails / DAYS:.0f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def figure(policies: list[Policy]) -> str:
    """Functional share over time, 80 to 100 %, one line a policy; colors that read on light and dark."""
    width, height, left, top, right, bottom = 760, 340, 56, 20, 20, 60

    def x(day):
        return round(left + (width - left - right) * day / DAYS, 1)

    def y(share):
        return round(top + (height - top - bottom) * (1 - (share - 0.8) / 0.2), 1)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="13" role="img" aria-label="Functional share of listings over two years, by policy">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for share in (0.8, 0.85, 0.9, 0.95, 1.0):
        parts.append(f'<path d="M{left} {y(share)}H{width - right}" stroke="#d8dcd4"/>')
        parts.append(f'<text x="{left - 8}" y="{y(share) + 4}" text-anchor="end" fill="#53625e">{share:.0%}</text>')
    parts.append(f'<path d="M{left} {y(GOAL)}H{width - right}" stroke="#8a2b1b" stroke-dasharray="5 4"/>')
    for month in range(0, 25, 3):
        parts.append(
            f'<text x="{x(DAYS * month / 24)}" y="{height - bottom + 18}" text-anchor="middle" fill="#53625e">'
            f"{month}</text>"
        )
    for place, (policy, color) in enumerate(zip(policies, ("#8a8f8d", "#b7791f", "#0a6355"), strict=True)):
        line = " ".join(f"{x(day)},{y(max(0.8, policy.functional[day]))}" for day in range(0, DAYS, 5))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{color}" stroke-width="3"/>')
        at = left + (0, 150, 430)[place]
        parts.append(f'<rect x="{at}" y="{height - 22}" width="18" height="4" fill="{color}"/>')
        parts.append(f'<text x="{at + 24}" y="{height - 16}" fill="#1c2927">{policy.name}</text>')
    parts.append(
        f'<text x="{width - right}" y="{height - bottom + 34}" text-anchor="end" fill="#53625e">months</text>'
    )
    return "\n".join([*parts, "</svg>", ""])


def text(policies: list[Policy]) -> str:
    ours = policies[-1]
    reached = next(day for day in range(DAYS) if min(ours.functional[day:]) >= GOAL)
    return f"""# What keeps a directory true

`make bench-verification` wrote this page (seed {SEED}). {CLINICS:,} clinics, two years, three policies.
Every policy begins with the same list, published {SURVEY_AGE_DAYS} days after it was collected. With **{CALLS_A_DAY}
calls a day**, ours is at {percent(GOAL)} functional or above from day {reached} on, and stays there: at the lowest
{percent(min(ours.functional[reached:]))}.

![Functional share of listings over two years](verification.svg)

{table(policies)}

Functional: the number shown is the clinic's, and the clinic is open. Shown facts: phone, address, and whether new
patients are taken, where that is stated. The top ten are ten neighbors; of their thirty facts, how many are wrong.
Calls and mails are means of both years.

## What was assumed

These are assumptions, not measurements; change them at the top of `tests/bench/verification.py` and run it again.

| what | rate |
|---|---|
| closures | {percent(CLOSURES)} of clinics a year |
| phone changes, beside those of moves | {percent(PHONE_CHANGES)} a year |
| moves | {percent(MOVES)} a year; {percent(MOVES_WITH_NEW_PHONE)} of them with a new number |
| capacity | changes {CAPACITY_CHANGES:.0f} times a year, weighted so that {percent(ACCEPTING)} take new patients |
| survey | once a year, {percent(SURVEY_ANSWERS)} answer, published {SURVEY_AGE_DAYS} days later |
| readers who meet a wrong number or address | {REPORTS_A_DAY} reports a clinic and day |
| clinics with a working e-mail address | {percent(WITH_EMAIL)}; {percent(MAIL_ANSWERS)} of them answer a round |
| a call | reaches {percent(CALL_REACHES)} of working numbers; the new number of a wrong one is found in \
{percent(NUMBER_IS_FOUND)}, else the listing is taken down |

Ours asks every {RECONFIRM} days and shows availability as not stated after {UNKNOWN}. Corrections are worked off once
a week in the second policy, and go to the front of the call list in ours.
"""


def main() -> None:
    policies = simulate()
    (DOCS / "verification.svg").write_text(figure(policies))
    (DOCS / "verification.md").write_text(text(policies))
    print(table(policies))


if __name__ == "__main__":
    main()
