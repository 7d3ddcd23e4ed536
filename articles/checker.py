"""Advice for writers, which never blocks. Article.missing() is what blocks publishing."""

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.urls import Resolver404, resolve
from django.utils.translation import override

from articles import markup
from articles.reading_grade import SENTENCE, WORD, grade_sentence
from clinics import rules

DATA = Path(__file__).parent / "data"
LONG_SENTENCE_WORDS = 28


@dataclass(frozen=True)
class Advice:
    kind: str  # "words", "sentence", "picture", "link", "grade"
    text: str


@cache
def words_to_avoid(language: str) -> tuple[tuple[str, str, re.Pattern], ...]:
    """(words, what to say instead, pattern), the longest words first."""
    rows = _rows("words_to_avoid.csv", language)
    rows.sort(key=lambda row: -len(row["avoid"]))
    return tuple((row["avoid"], row["say"], re.compile(rf"\b{re.escape(row['avoid'])}\b", re.I)) for row in rows)


@cache
def phrases_that_stay(language: str) -> re.Pattern:
    """Names of institutes and phrases that explain a word: no word inside them is advised against."""
    phrases = [row["phrase"] for row in _rows("phrases_that_stay.csv", language)]
    return re.compile("|".join(map(re.escape, sorted(phrases, key=len, reverse=True))) or "(?!)", re.IGNORECASE)


def _rows(name: str, language: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["language"] == language]


def check(title: str, summary: str, body: str, language: str) -> list[Advice]:
    """What an editor may want to change, the most important first."""
    paragraphs = markup.paragraphs_of(body)
    prose = markup.paragraphs_of(body, tables=False)  # a cell is no sentence
    return [
        *_words("\n".join([title, summary, *paragraphs]), language),
        *_pictures(body),
        *_links(body),
        *_rules(body),
        *_sentences(prose),
        *([Advice("grade", grade_sentence(prose, language))] if prose else []),
    ]


def _words(text: str, language: str):
    text = phrases_that_stay(language).sub("\0", text)
    for words, instead, pattern in words_to_avoid(language):
        text, count = pattern.subn("\0", text)  # counted once: a phrase of the list, not the word in it too
        if count:
            times = f" ({count} times)" if count > 1 else ""
            yield Advice("words", f"“{words}”{times}: better “{instead}”.")


def _pictures(body: str):
    if count := markup.pictures_without_alt(body):
        yield Advice("picture", f"{count} picture{'s' * (count > 1)} without an alternative text.")


def _links(body: str):
    for address, words in markup.links_of(body):
        if address.startswith("/") and not address.startswith("//") and not leads_somewhere(address):
            yield Advice("link", f"The link “{words[:40]}” leads to {address}, which is no page of this site.")


def _rules(body: str):
    for key in rules.unknown(markup.rules_of(body)):
        yield Advice("link", f"There is no rule “{key}”: readers see nothing there.")


def leads_somewhere(address: str) -> bool:
    """Whether a path of this site is answered by a page, and if by one of an article or topic, whether it exists."""
    from articles.models import Article, SlugRedirect, Topic
    from clinics.presets import PAGES

    path = re.split(r"[?#]", address)[0]
    try:
        with override("es" if path.startswith("/es/") else "en"):
            match = resolve(path)
    except Resolver404:
        return False
    slug = match.kwargs.get("slug")
    if match.view_name == "articles:article_detail":
        return (
            Article.objects.published().filter(slug=slug).exists() or SlugRedirect.objects.filter(slug=slug).exists()
        )
    if match.view_name == "articles:topic_detail":
        return Topic.objects.filter(slug=slug).exists()
    return match.view_name != "clinics:preset" or slug in PAGES


def _sentences(paragraphs: list[str]):
    for paragraph in paragraphs:
        for sentence in SENTENCE.findall(paragraph):
            count = len(WORD.findall(sentence))
            if count > LONG_SENTENCE_WORDS:
                yield Advice("sentence", f"{count} words in one sentence: “{sentence.strip()[:70]}…”")
