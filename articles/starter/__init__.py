"""The articles that a new site starts with: files of this folder, read into the tables once.

`<slug>.<language>.md`: metadata in TOML between two lines of "+++", then the text in the markup of articles/markup.py.
"""

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from articles.models import Article, Citation, Topic

FOLDER = Path(__file__).parent
FENCE = "+++"


class Unreadable(Exception):  # noqa: N818 - the sentence says what is wrong
    """A file of the starter library cannot be used."""


@dataclass
class StarterArticle:
    facts: dict
    body: str
    digest: str  # of the file


def read(path: Path) -> StarterArticle:
    """One file. Raises Unreadable with a sentence that names it."""
    text = path.read_text(encoding="utf-8")
    before, _fence, rest = text.partition(f"{FENCE}\n")
    head, fence, body = rest.partition(f"\n{FENCE}\n")
    if before.strip() or not fence:
        raise Unreadable(f"{path.name}: its facts must stand between two lines of {FENCE}.")
    try:
        facts = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(f"{path.name}: {error}") from error
    absent = {"title", "slug", "summary", "language", "topics"} - set(facts)
    if absent:
        raise Unreadable(f"{path.name} does not state {', '.join(sorted(absent))}.")
    return StarterArticle(facts, body, hashlib.sha256(text.encode()).hexdigest())


@transaction.atomic
def load(folder: Path = FOLDER) -> dict[str, int]:
    """Read every file into the tables: how many were `created`, `updated` and `kept`.

    An article that somebody edited, or whose address somebody took, is kept as it is.
    """
    counts = {"created": 0, "updated": 0, "kept": 0}
    load_topics(folder)
    starters = [read(path) for path in sorted(folder.glob("*.md"))]
    for starter in sorted(starters, key=lambda each: each.facts["language"]):  # English first, then its translations
        counts[load_one(starter)] += 1
    return counts


def load_topics(folder: Path) -> None:
    path = folder / "topics.toml"
    for slug, facts in tomllib.loads(path.read_text(encoding="utf-8")).items() if path.exists() else ():
        Topic.objects.get_or_create(slug=slug, defaults=facts)


def load_one(starter: StarterArticle) -> str:
    facts = starter.facts
    article = Article.objects.filter(slug=facts["slug"], revises=None).first()
    if article is None and Article.objects.filter(starter_slug=facts["slug"]).exists():
        return "kept"  # under a new address that an editor gave it
    if article is not None and not _is_untouched(article, starter):
        return "kept"
    outcome = "updated" if article else "created"
    article = article or Article(slug=facts["slug"], starter_slug=facts["slug"], is_sample=True)
    article.title, article.summary, article.language = facts["title"], facts["summary"], facts["language"]
    article.body, article.starter_hash = starter.body, starter.digest
    article.author = article.reviewer = article.last_reviewed_on = article.review_due_on = None
    article.translation_of = Article.objects.filter(slug=facts.get("translation_of", ""), revises=None).first()
    article.status, article.publish_at = Article.Status.PUBLISHED, article.publish_at or timezone.now()
    article.skip_history_when_saving = True  # the revision is kept below, with its topics and citations
    article.save()
    article.topics.set(Topic.objects.filter(slug__in=facts["topics"]))
    article.citations.all().delete()
    Citation.objects.bulk_create(_citations(article, facts.get("citations", [])))
    del article.skip_history_when_saving
    article.save()
    if missing := article.missing():
        raise Unreadable(f"{facts['slug']}: {' '.join(missing)}")
    return outcome


def _is_untouched(article: Article, starter: StarterArticle) -> bool:
    """Whether it is ours, nobody saved it since, and the file says something new."""
    return bool(article.starter_hash) and article.version == 0 and article.starter_hash != starter.digest


def _citations(article, rows) -> list[Citation]:
    return [
        Citation(
            article=article,
            title=row["title"],
            publisher=row["publisher"],
            url=row.get("url", ""),
            accessed_on=row.get("accessed"),
            position=position,
        )
        for position, row in enumerate(rows)
    ]
