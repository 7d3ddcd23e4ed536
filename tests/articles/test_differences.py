"""What differs between two lists: found as by difflib, and at a price that grows with their length alone."""

import random
from difflib import SequenceMatcher

import pytest

from articles import differences, markup
from articles.admin.compare import text_difference, words
from articles.translations import align
from tests.articles.steps import lines_run_by

FOUR_TIMES = 8  # the most that four times the text may cost: 4 if it is in proportion, 16 if it is squared
# Few words, so that each stands in many places.
PROSE = random.Random(7).choices(["call", "a", "clinic", "today", "and", "the", "dose"], k=4000)


def text_of(words_of_it: list[str], paragraph: int = 40) -> str:
    starts = range(0, len(words_of_it), paragraph)
    return "".join(f"<p>{' '.join(words_of_it[start : start + paragraph])}</p>" for start in starts)


def often_changed(words_of_it: list[str], every: int) -> list[str]:
    """Every so many words another one, which stands nowhere else."""
    return [f"other{place}" if place % every == 0 else word for place, word in enumerate(words_of_it)]


def dropped(words_of_it: list[str], every: int) -> list[str]:
    return [word for place, word in enumerate(words_of_it) if place % every]


def applied(old: list, new: list, steps) -> list:
    """`new`, made from `old` by the steps."""
    made = []
    for operation, start, end, new_start, new_end in steps:
        assert (operation == "equal") <= (old[start:end] == new[new_start:new_end])
        made += old[start:end] if operation == "equal" else new[new_start:new_end]
    return made


@pytest.mark.parametrize("length", [0, 1, 30, 4000])
@pytest.mark.parametrize("ends", [(), ("dose",)])
def test_the_steps_lead_from_one_list_to_the_other_and_each_begins_where_the_last_one_ended(length, ends):
    old = PROSE[:length]
    for new in (old, [], often_changed(old, 9), dropped(old, 5), old[::-1], ["x", *old, "y"]):
        found = differences.steps(old, new, ends)
        assert applied(old, new, found) == new
        assert [(end, new_end) for _name, _start, end, _new, new_end in found[:-1]] == [
            (start, new_start) for _name, start, _end, new_start, _new_end in found[1:]
        ]


def test_of_short_texts_they_are_those_of_difflib():
    old, new = ["keep", "on", "going", "every", "single", "day"], ["do", "keep", "going", "every", "day", "now"]
    assert differences.steps(old, new) == SequenceMatcher(None, old, new, autojunk=False).get_opcodes()


def test_in_a_long_text_each_changed_word_is_marked_alone():
    changed = PROSE.copy()
    for place in range(100, 4000, 400):
        changed[place] = "never"
    difference = text_difference(text_of(PROSE), text_of(changed))
    assert difference.count("<ins>never</ins>") == difference.count("<ins>") == 10


def test_in_a_long_text_a_paragraph_that_was_added_is_marked_alone():
    difference = text_difference(text_of(PROSE), text_of(PROSE[:400] + ["new"] * 40 + PROSE[400:2000] + PROSE[2040:]))
    assert difference.count("<ins>") == 1
    assert difference.count("<del>") == 1


@pytest.mark.parametrize(
    "compare",
    [
        pytest.param(lambda old, new: text_difference(text_of(old), text_of(new)), id="paragraphs"),
        pytest.param(lambda old, new: text_difference(text_of(old, 10**6), text_of(new, 10**6)), id="one paragraph"),
        pytest.param(lambda old, new: words(" ".join(old), " ".join(new)), id="one line"),
        pytest.param(align, id="the blocks of a translation"),
    ],
)
def test_four_times_the_text_costs_about_four_times_as_much_to_compare(compare):
    def price(length: int) -> int:
        old = PROSE[:length]
        return lines_run_by(lambda: compare(old, dropped(often_changed(old, 7), 11)))

    assert price(4000) < FOUR_TIMES * price(1000)


def test_four_times_as_many_paragraphs_that_were_all_replaced_cost_about_four_times_as_much_to_align():
    def price(count: int) -> int:
        old, new = ([f"<p>{word} {at} {word} {at}</p>" for at in range(count)] for word in ("one", "other"))
        return lines_run_by(lambda: align(old, new[3:]))

    assert price(400) < FOUR_TIMES * price(100)


@pytest.mark.parametrize("kind", ["{0}", "<b>{0}</b>", "<p><em>{0}</em></p>"])
def test_a_long_passage_with_a_paragraph_more_is_still_aligned_in_order(kind):
    old = [kind.format(f"Paragraph number {at} says what it says.") for at in range(100)]
    new = [kind.format("One that is new"), *(text.replace("says what", "tells what") for text in old)]
    assert align(old, new) == {at + 1: at for at in range(100)}


@pytest.mark.parametrize("html", ["<i>{}</b>", "<b>{}<i>{}</b>"])
def test_four_times_as_many_tags_that_close_nothing_near_cost_about_four_times_as_much_to_clean(html):
    def price(count: int) -> int:
        tags = [part * count for part in html.split("{}")]
        return lines_run_by(lambda: markup._Renaming.of("".join(tags)))

    assert price(800) < FOUR_TIMES * price(200)
