"""The rules against their own examples and against a corpus.

The held-out part of the corpus was written before the rules and never used to change them. Words that nobody thought
of get past any rule: that is why a flag only sorts the queue, and approval alone shows a comment. comments_fresh.csv
says how many get past: three rounds of 60 comments, half of them sourcing and advertisements, each round written
before the rules were changed for it. On first reading the rules flagged 19, 5 and 18 of the 30, and 0, 0 and 2 of the
ordinary ones. They have been changed for all three rounds since.
"""

import csv
from pathlib import Path
from re import _constants as constants
from re import _parser as parser

import pytest

from articles.models import Comment
from articles.models.held_words import MOST_WORDS, as_listed, words_in
from articles.moderation import RULES, Flag, Rule, flags_of
from tests.articles.factories import make_article
from tests.core.test_contact_texts import seconds

CORPUS = Path(__file__).resolve().parents[1] / "data" / "comments.csv"
with CORPUS.open(encoding="utf-8", newline="") as file:
    COMMENTS = list(csv.DictReader(file))
PARTS = ["tuning", "held-out"]
with CORPUS.with_name("comments_fresh.csv").open(encoding="utf-8", newline="") as file:
    FRESH = list(csv.DictReader(file))


def texts_of(kind: str, part: str) -> list[str]:
    return [row["text"] for row in COMMENTS if (row["kind"], row["part"]) == (kind, part)]


def test_the_corpus_is_large_and_has_every_kind():
    assert len(COMMENTS) >= 150
    for part in PARTS:
        for kind in ("sourcing", "ad", "dose", "self-harm", "other", "ordinary"):
            assert texts_of(kind, part)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.flag}: {rule.caught}")
def test_each_rule_catches_its_example_and_spares_the_other(rule: Rule):
    assert rule.matches(rule.caught)
    assert rule.flag in flags_of(rule.caught)
    assert flags_of(rule.spared) == []


# What a text is made of that lets a rule begin at each word and end at none.
RUNS = ("1", "a", "$1", "h ", "sell a ", "who ", "subs ", "share my need ", "i have h ", "our a ", "Aa ", "code ")


def without_a_bound(pattern) -> bool:
    """Whether some part of a parsed expression may be repeated for ever."""
    if isinstance(pattern, tuple) and len(pattern) == 3 and pattern[1] is constants.MAXREPEAT:
        return True
    return isinstance(pattern, tuple | list | parser.SubPattern) and any(map(without_a_bound, pattern))


@pytest.mark.parametrize("expression", ["a+", "(?:a|b*c)", "x(?=a{2,})"])
def test_an_expression_without_a_bound_is_recognised(expression):
    assert without_a_bound(parser.parse(expression))


def test_each_part_of_a_rule_is_repeated_a_bounded_number_of_times():
    assert [rule.pattern.pattern for rule in RULES if without_a_bound(parser.parse(rule.pattern.pattern))] == []


@pytest.mark.parametrize("run", RUNS)
def test_twice_the_comment_costs_about_twice_the_time(run):
    text = run * (2000 // len(run))
    assert seconds(flags_of, text) < 3 * seconds(flags_of, text[:1000])  # four times, if it were squared


def test_no_rule_is_written_twice():
    assert len({(rule.flag, rule.pattern.pattern) for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("kind", ["sourcing", "ad", "dose", "other"])
def test_no_comment_of_these_kinds_passes_as_ordinary(kind, part):
    assert [text for text in texts_of(kind, part) if not flags_of(text)] == []


@pytest.mark.parametrize("part", PARTS)
def test_self_harm_and_overdose_are_flagged(part):
    assert [text for text in texts_of("self-harm", part) if Flag.SELF_HARM not in flags_of(text)] == []


@pytest.mark.django_db
def test_every_comment_is_held_until_someone_approves_it():
    article = make_article()
    for row in COMMENTS + FRESH:
        Comment(article=article, name="Sam", text=row["text"]).hold()
    assert Comment.objects.filter(status="held").count() == len(COMMENTS) + len(FRESH)
    assert not Comment.objects.shown().exists()


@pytest.mark.parametrize("part", PARTS)
def test_at_most_one_ordinary_comment_of_twenty_is_flagged(part):
    texts = texts_of("ordinary", part)
    flagged = [text for text in texts if flags_of(text)]
    assert len(flagged) <= 0.05 * len(texts), flagged


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_in_each_fresh_round_all_offers_and_at_most_one_ordinary_comment_of_twenty_are_flagged(number):
    rows = [row for row in FRESH if row["round"] == number]
    offers = [row["text"] for row in rows if row["kind"] != "ordinary"]
    ordinary = [row["text"] for row in rows if row["kind"] == "ordinary"]
    assert len(offers) == len(ordinary) == 30
    assert [text for text in offers if not flags_of(text)] == []
    flagged = [text for text in ordinary if flags_of(text)]
    assert len(flagged) <= 0.05 * len(ordinary), flagged


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("see http://a.example for more", Flag.LINK),
        ("write to me@home.example", Flag.LINK),
        ("call me at 410 555 0100", Flag.PHONE),
        ("(410) 555-0100 is mine", Flag.PHONE),
        ("who s3lls $uboxone here", Flag.SOURCING),
        ("I want to d\u200bie", Flag.SELF_HARM),
        ("I don’t want to be here anymore", Flag.SELF_HARM),
        ("take 8mg", Flag.DOSE),
        ("Dr. Fairweather was late", Flag.NAME),
        ("just a junkie", Flag.SLUR),
    ],
)
def test_flags_see_through_simple_disguises(text, flag):
    assert flag in flags_of(text)


def test_the_name_of_the_writer_is_checked_like_the_text():
    assert Flag.LINK in flags_of("Nice article.", "www.pills.example")


# The list that moderators edit


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("melinda", "Ask for MELINDA!"),
        ("melinda", "Ask for M e l 1 n d a"),
        ("clinica feliz", "La Clínica\nFeliz, señor"),
        ("pill shop", "the pill-shop"),
        ("s3lling", "they are selling"),
        ("pills.example", "https://www.pills.example/now?x=1"),
        ("pills.example", "PILLS dot example"),
        ("pills.example", "pills punto example"),
        ("pill-shop.example", "see pill-shop.example."),
        ("blue​bird", "bluebird"),
        ("ñandú", "el nandu"),
    ],
)
def test_a_listed_word_is_found_as_it_is_written_and_as_it_is_meant(word, text):
    assert words_in(text, ["other", as_listed(word)]) == [as_listed(word)]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("art", "It started well."),
        ("pill shop", "A shop for a pill"),
        ("pills.example", "pills, for example"[:5]),
        ("a.*b", "a quick b"),
        ("(", "It (really) helped."),
    ],
)
def test_a_part_of_a_word_is_no_match_and_no_sign_is_an_expression(word, text):
    assert words_in(text, [as_listed(word)]) == []


def test_the_words_are_said_in_order_and_once():
    assert words_in("b a b c", ["c", "b", "x"]) == ["b", "c"]


@pytest.mark.parametrize("run", [*RUNS, "a a a ", "w1 w2 w3 ", "\N{PARENTHESIZED KOREAN CHARACTER OJEON}"])
def test_a_full_list_costs_little_more_than_a_short_one(run):
    text = (run * 2000)[:2000]
    words = [f"a a a a a a w{number}" for number in range(MOST_WORDS // 2)] + [f"w{n}" for n in range(MOST_WORDS // 2)]
    words_in(text, words)  # what a listed word looks like is remembered

    def find(count: int):
        return seconds(lambda text: words_in(text, words[:count]), text)

    assert find(MOST_WORDS) < 3 * find(10) + 0.01


@pytest.mark.parametrize("run", RUNS)
def test_with_a_full_list_twice_the_comment_costs_about_twice_the_time(run):
    words = [f"{'a ' * (number % 8)}w{number}" for number in range(500)]
    text = run * (2000 // len(run))
    words_in(text, words)
    whole, half = (seconds(lambda each: words_in(each, words), part) for part in (text, text[:1000]))
    assert whole < 3 * half
