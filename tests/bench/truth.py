"""How long until half of the clinics that give medicine have said whether they take new patients.

`make simulate-truth` writes docs/truth.md. Seeded: the same numbers on any machine.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bench.verification import CALL_REACHES, MAIL_ANSWERS, MAIL_ROUND, RECONFIRM, UNKNOWN

PAGE = Path(__file__).resolve().parents[2] / "docs" / "truth.md"
SEED = 20_261_130
HOURS_A_WEEK = (2, 10, 40)
YEARS, DAYS_A_WEEK, DAYS_A_MONTH = 5, 7, 365 / 12
DAYS = YEARS * 365
# The directory of 2024: clinics that state a medicine for opioids. Nearly none has an address for mails yet.
CLINICS = 8_048
# Assumptions, as those of tests/bench/verification.py.
CALLS_AN_HOUR = 8
NUMBER_IS_RIGHT = 0.61  # of the listed ones, on a national locator
SAYS_IT = 0.85  # of those who answer a call, whether new patients are taken
TAPS_IT = 0.8  # of those who answer the mail, the button of the question
MAIL_SHARES = (0.0, 0.25, 0.5)  # of clinics with an address for mails


@dataclass(frozen=True)
class Course:
    """One policy: on which day half had ever said it, half is known at one time, and the share that stays known."""

    ever_half: int | None
    known_half: int | None
    known_at_the_end: float


def run(hours_a_week: int, mail_share: float) -> Course:
    """Calls go to those of whom it is not known, the longest unknown first; mails to all, every RECONFIRM days."""
    chance = np.random.default_rng([SEED, hours_a_week, round(100 * mail_share)])
    said = np.full(CLINICS, -UNKNOWN - 1)
    ever, called = np.zeros(CLINICS, bool), np.full(CLINICS, -DAYS)
    has_mail = chance.random(CLINICS) < mail_share
    is_right = chance.random(CLINICS) < NUMBER_IS_RIGHT
    first_mail = chance.integers(0, RECONFIRM, CLINICS)
    ever_half = known_half = None
    calls = 0.0
    for day in range(DAYS):
        calls += hours_a_week * CALLS_AN_HOUR / DAYS_A_WEEK
        waiting = np.flatnonzero(day - said > UNKNOWN)
        row = waiting[np.argsort(called[waiting], kind="stable")][: int(calls)]
        calls -= int(calls)
        called[row] = day
        reached = row[is_right[row] & (chance.random(len(row)) < CALL_REACHES) & (chance.random(len(row)) < SAYS_IT)]
        answered_on = (day - first_mail) % RECONFIRM == MAIL_ROUND // 2
        mailed = np.flatnonzero(has_mail & (day >= first_mail) & answered_on)
        tapped = mailed[chance.random(len(mailed)) < MAIL_ANSWERS * TAPS_IT]
        for rows in (reached, tapped):
            said[rows], ever[rows] = day, True
        known = (day - said <= UNKNOWN).mean()
        ever_half = day if ever_half is None and ever.mean() >= 1 / 2 else ever_half
        known_half = day if known_half is None and known >= 1 / 2 else known_half
    return Course(ever_half, known_half, float(known))


def months(day: int | None) -> str:
    return f"not in {YEARS} years" if day is None else f"{day / DAYS_A_MONTH:.0f}"


def table() -> str:
    lines = [
        "| clinics with a mail address | hours of calls a week | months until half have said it "
        f"| months until half is known at one time | known after {YEARS} years |",
        "|---|---|---|---|---|",
    ]
    for mail_share in MAIL_SHARES:
        for hours in HOURS_A_WEEK:
            course = run(hours, mail_share)
            cells = [months(course.ever_half), months(course.known_half), f"{course.known_at_the_end:.0%}"]
            lines.append(f"| {mail_share:.0%} | {hours} | {' | '.join(cells)} |")
    return "\n".join(lines)


def text() -> str:
    return f"""# Until half have said whether they take new patients

`make simulate-truth` wrote this page (seed {SEED}). {CLINICS:,} clinics that give medicine for opioids, as many as the
directory of 2024 has; none has said yet whether it takes new patients. What a clinic said is known for {UNKNOWN} days.
Callers ask it in every call, and call first whoever was not reached for longest. The mail that a clinic gets every
{RECONFIRM} days asks it with one tap, among at most three questions.

{table()}

A share that stays below a half is no fault of the callers: an hour of calls brings about
{CALLS_AN_HOUR * NUMBER_IS_RIGHT * CALL_REACHES * SAYS_IT:.1f} answers, and each is forgotten after {UNKNOWN} days.
What moves the figure are addresses for mails, so a call is also the moment to ask for one.

## What was assumed

These are assumptions, not measurements; change them at the top of `tests/bench/truth.py` and run it again.

| what | rate |
|---|---|
| calls an hour | {CALLS_AN_HOUR} |
| listed numbers that are right | {NUMBER_IS_RIGHT:.0%}, as on a national locator |
| calls of a right number that reach somebody | {CALL_REACHES:.0%} |
| of these, who says whether new patients are taken | {SAYS_IT:.0%} |
| clinics that answer a round of mails | {MAIL_ANSWERS:.0%}; {TAPS_IT:.0%} of them tap the button |
"""


def main() -> None:
    PAGE.write_text(text(), encoding="utf-8")
    print(table())


if __name__ == "__main__":
    main()
