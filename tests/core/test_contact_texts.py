"""What is found in typed texts, what is spared, and what finding costs."""

import time

import pytest

from core.contact_texts import LONGEST, PATTERNS, Kind, contacts_in, plain, readings

PHONES = [
    "(410) 555-0100",
    "410 555 0100",
    "call 410.555.0100 now",
    "410/555/0100",
    "410 – 555 – 0100",
    "+1 (410) 555-0100",
    "4105550100",
    "555-0100",
    "4 1 0 5 5 5 0 1 0 0",
    "four one zero five five five zero one zero zero",
    "cuatro uno cero, cinco cinco cinco, cero uno cero cero",
    "1-800-GET-HELP",
    "４１０ ５５５ ０１００",
    "٤١٠-٥٥٥-٠١٠٠",
    "4\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}10 555 0100",
    "410\N{ZERO WIDTH SPACE}555\N{HANGUL FILLER}0100",
]
LINKS = [
    "see https:pills",
    "see www.pills",
    "pills.example",
    "pills dot com",
    "pills [dot] com",
    "pills(dot)com",
    "clínica punto com",
    "t.me/pills",
    "find @bluebird",
    "p1lls.c0m",
]
MAILS = ["me@home.example", "me@home", "river at gmail", "river (at) gmail", "river arroba gmail"]
SPARED = [
    "I wrote it by hand. The world wide web.",
    "Wait. What a day.",
    "A dot on the map",
    "Me at home, meet at noon",
    "It was 2019 and 2020, from 9-5, open 24/7",
    "Baltimore, MD 21202-0139",
    "We saw 800 patients in 2019; 1,200 in 2020.",
    "Take one or two or three steps, on 1/2 and 3/4.",
    "Se atiende de 8 a.m. a 5 p.m. de lunes a viernes.",
    "NPI 1234567893, suite 210, since 10/05/2019",
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, Kind.PHONE) for text in PHONES),
        *((text, Kind.LINK) for text in LINKS),
        *((text, Kind.EMAIL) for text in MAILS),
    ],
)
def test_a_contact_is_found_however_it_is_written(text, kind):
    assert kind in contacts_in(text)


@pytest.mark.parametrize("text", SPARED)
def test_ordinary_words_and_numbers_are_no_contact(text):
    assert contacts_in(text) == []


def test_each_kind_is_told_once_in_the_order_of_the_kinds():
    assert contacts_in("me@home.example, www.home.example, 410 555 0100, 410 555 0101") == list(Kind)


def test_a_text_is_read_without_accents_marks_and_odd_spaces():
    assert plain("Clínica\N{NO-BREAK SPACE}“día” — 한국어’s") == "Clinica “dia” - 한국어's"


def test_no_more_than_a_bounded_part_of_a_text_is_read():
    assert len(plain("\N{PARENTHESIZED KOREAN CHARACTER OJEON}" * LONGEST)) <= LONGEST


# Runs on which expressions with two unbounded parts backtrack, and characters that normalising makes many.
RUNS = [
    "1",
    "a",
    "a-",
    "a.",
    "1 ",
    "a b ",
    "1-",
    "(",
    "@",
    "a@",
    ".",
    "one ",
    "dot ",
    "w",
    "8",
    "800 A",
    "\N{NO-BREAK SPACE}",
]
RUNS += ["ﷺ", "\u321d", "a\u0316\u0301", "가", "\N{ZERO WIDTH SPACE}", "½", "\u0316", "_", "-", "*a", "h", "$", "1a"]


def seconds(work, text: str) -> float:
    """The least CPU time of three runs: what the work costs, without what else the machine does."""
    times = []
    for _run in range(3):
        start = time.process_time()
        work(text)
        times.append(time.process_time() - start)
    return min(times)


@pytest.mark.parametrize("run", RUNS)
def test_twice_the_text_costs_about_twice_the_time(run):
    text = run * (8000 // len(run))
    for pattern in [pattern for _kind, pattern in PATTERNS]:
        short, long = seconds(pattern.search, text[:2000]), seconds(pattern.search, text)
        assert long < 10 * short + 0.001, pattern.pattern  # four times as long: 16 times the time if it were squared
    assert seconds(readings, text) < 10 * seconds(readings, text[:2000]) + 0.005
