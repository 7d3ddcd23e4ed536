"""The site's papers: terms, refunds, who is told what. Each has versions with a day; an older one stays readable.

The project ships starter texts in `starter/`, named SLUG.VERSION.LANGUAGE.md. Editors write further versions in the
admin; what was published is not changed any more, because somebody may have accepted it.
"""

import re
from collections.abc import Iterator
from datetime import date
from html import escape
from pathlib import Path
from typing import NamedTuple

import nh3
from django.conf import settings
from django.db import transaction
from django.urls import translate_url
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from core.models import Paper, PaperAcceptance

STARTER = Path(__file__).parent / "starter"
TERMS = "terms"
TAGS, ATTRIBUTES = {"h2", "p", "ul", "li", "strong", "a"}, {"a": {"href"}}
LINK = re.compile(r"\[([^\]]+)\]\((/[^)\s]*|https://[^)\s]+|mailto:[^)\s]+)\)")
STRONG = re.compile(r"\*\*(.+?)\*\*")


class Loaded(NamedTuple):
    created: int
    unchanged: int
    edited: tuple[str, ...]  # slugs that an editor wrote a version of: nothing was added to them

    def __str__(self):
        kept = f"; written here, so not added to: {', '.join(self.edited)}" if self.edited else ""
        return f"{self.created} created, {self.unchanged} unchanged{kept}"


def shipped(slug: str = "") -> Iterator[Paper]:
    """The starter texts, as unsaved rows: those of one paper, or of all."""
    for path in sorted(STARTER.glob(f"{slug or '*'}.*.md")):
        name, version, language = path.stem.split(".")
        head, _line, text = path.read_text(encoding="utf-8").partition("\n---\n")
        facts = dict(line.split(": ", 1) for line in head.splitlines())
        yield Paper(
            slug=name,
            version=int(version),
            language=language,
            title=facts["title"],
            note=facts["note"],
            published_on=date.fromisoformat(facts["date"]),
            text=text.strip() + "\n",
            is_shipped=True,
        )


@transaction.atomic
def load() -> Loaded:
    """Add the starter texts that are not there. A paper of which an editor wrote a version is left alone."""
    edited = set(Paper.objects.filter(is_shipped=False).values_list("slug", flat=True))
    known = set(Paper.objects.values_list("slug", "language", "version"))
    texts = [paper for paper in shipped() if paper.slug not in edited]
    new = [paper for paper in texts if (paper.slug, paper.language, paper.version) not in known]
    Paper.objects.bulk_create(new)
    return Loaded(len(new), len(texts) - len(new), tuple(sorted(edited)))


def versions(slug: str) -> list[Paper]:
    """What was published of a paper, the newest first, in every language; before `load_papers` the starter texts."""
    rows = list(Paper.objects.published().filter(slug=slug)) or list(shipped(slug))
    return sorted(rows, key=lambda paper: -paper.version)


def current_terms() -> Paper | None:
    """The terms in force; None before any were loaded, and then nothing is accepted."""
    terms = Paper.objects.published().filter(slug=TERMS, language=settings.LANGUAGE_CODE)
    return terms.order_by("-version").first()


def terms_to_accept(user) -> Paper | None:
    """The terms in force, if `user` has not accepted them; else None."""
    terms = current_terms()
    if terms is None:
        return None
    accepted = PaperAcceptance.objects.filter(user=user, slug=TERMS, version__gte=terms.version)
    return None if accepted.exists() else terms


def acceptable_terms() -> set[int]:
    """The versions that somebody who has read the page a moment ago can mean: that in force, and the one before."""
    terms = Paper.objects.published().filter(slug=TERMS, language=settings.LANGUAGE_CODE)
    return set(terms.order_by("-version").values_list("version", flat=True)[:2])


def accept_terms(user, version: int | None = None) -> None:
    """Store that `user` accepted a version of the terms, by default that in force, and when; once each."""
    if version is None:
        terms = current_terms()
        if terms is None:
            return
        version = terms.version
    PaperAcceptance.objects.get_or_create(user=user, slug=TERMS, version=version)


def html_of(paper: Paper) -> SafeString:
    """Its text as HTML: paragraphs, `## headings`, `- lists`, `**strong**` and `[links](/path/)`, nothing else."""
    blocks = re.split(r"\n\s*\n", fill_in(paper.text).strip())
    html = "\n".join(_block(block.strip(), paper.language) for block in blocks)
    cleaned = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, link_rel=None, url_schemes={"https", "mailto"})
    return mark_safe(cleaned)  # noqa: S308 - escaped, and cleaned


def fill_in(text: str) -> str:
    """The text with who runs the site, as the settings say; what they do not say is said to be missing."""
    unnamed = _("(the operator of this site, who has not stated a name and postal address here yet)")
    name = ", ".join(filter(None, [settings.LEGAL_NAME, settings.LEGAL_ADDRESS])) if settings.LEGAL_NAME else unnamed
    contact = settings.CONTACT_EMAIL
    address = f"[{contact}](mailto:{contact})" if contact else _("(no e-mail address is stated here yet)")
    facts = {"{site}": settings.SITE_NAME, "{operator}": name, "{contact}": address}
    for word, fact in facts.items():
        text = text.replace(word, fact)
    return text


def _block(block: str, language: str) -> str:
    lines = block.splitlines()
    if block.startswith("## "):
        return f"<h2>{_inline(block[3:], language)}</h2>"
    if all(line.startswith(("- ", "  ")) for line in lines):
        items = re.split(r"^- ", block, flags=re.MULTILINE)[1:]
        return f"<ul>{''.join(f'<li>{_inline(item, language)}</li>' for item in items)}</ul>"
    return f"<p>{_inline(block, language)}</p>"


def _inline(text: str, language: str) -> str:
    def link(found) -> str:
        label, target = found[1], found[2]
        return f'<a href="{translate_url(target, language) if target.startswith("/") else target}">{label}</a>'

    return STRONG.sub(r"<strong>\1</strong>", LINK.sub(link, escape(" ".join(text.split()))))
