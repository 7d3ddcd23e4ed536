from django.db import migrations
from django.utils import timezone

from articles import markup
from articles.models.people import PLACEHOLDERS
from articles.models.reviews import hash_of
from clinics.rules import words_of

OUT = ("scheduled", "published")
PART = 100


def keep_bylines(apps, schema_editor):
    """Name the author of each article that is out as it names the person today."""
    article_model = apps.get_model("articles", "Article")
    named = article_model.objects.filter(status__in=OUT, author__isnull=False, byline_author="")
    for article in named.select_related("author").defer("body", "vector").iterator(PART):
        author = article.author
        article_model.objects.filter(pk=article.pk).update(
            byline_author=author.name, byline_credentials=author.credentials, byline_about=author.about
        )


def record_reviews(apps, schema_editor):
    """What was typed into the two fields is kept as a review that nobody signed, of the text as it stands today."""
    article_model, review_model = apps.get_model("articles", "Article"), apps.get_model("articles", "Review")
    typed = article_model.objects.filter(
        status__in=OUT, is_sample=False, reviewer__isnull=False, last_reviewed_on__isnull=False, reviews=None
    ).exclude(reviewer__name__in=PLACEHOLDERS)
    for article in typed.select_related("reviewer", "hero").defer("vector").iterator(PART):
        text = text_read(article)
        review_model.objects.create(
            article=article,
            kind="recorded",
            verdict="approved",
            text=text,
            text_hash=hash_of(text),
            person=article.reviewer,
            name=article.reviewer.name,
            credentials=article.reviewer.credentials,
            reviewed_on=article.last_reviewed_on,
            created_at=timezone.now(),
        )


def text_read(article) -> dict:
    """Reviewed.text_read, which the models of a migration lack."""
    citations = article.citations.order_by("position", "pk")
    return {
        **{name: getattr(article, name) for name in ("language", "title", "summary", "body")},
        "citations": [[each.title, each.publisher, each.url, str(each.accessed_on or "")] for each in citations],
        "hero": [article.hero.name, article.hero.alt, article.hero.credit] if article.hero else None,
        "rules": words_of(markup.rules_of(article.body), article.language),
    }


class Migration(migrations.Migration):
    """Pages that are out keep what they say of their author and their review."""

    dependencies = [("articles", "0016_reviews_are_signed"), ("clinics", "0041_review_photos")]
    operations = [
        migrations.RunPython(keep_bylines, migrations.RunPython.noop),
        migrations.RunPython(record_reviews, migrations.RunPython.noop),
    ]
