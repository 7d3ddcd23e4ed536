"""Articles for tests: complete, so that one thing at a time can be taken away."""

import io

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from articles.models import Article, Citation, Comment, Person, Picture, Topic


def make_person(name: str) -> Person:
    return Person.objects.get_or_create(name=name)[0]


def make_article(title="Starting again", *, citations=1, topics=(), **fields) -> Article:
    """A saved, published article of Ana Reyes, reviewed by Ben Osei, with one source, unless told otherwise."""
    complete = {
        "slug": title.lower().replace(" ", "-"),
        "summary": "What to do first after a return to use.",
        "body": "<p>You have not lost everything.</p>",
        "author": make_person("Ana Reyes"),
        "reviewer": make_person("Ben Osei"),
        "last_reviewed_on": timezone.localdate(),
        "state": Article.State.PUBLISHED,
        "publish_at": timezone.now(),
    }
    article = Article.objects.create(title=title, **(complete | fields))
    for number in range(citations):
        Citation.objects.create(
            article=article, title=f"Source {number + 1}", publisher="SAMHSA", url="https://www.samhsa.gov/"
        )
    article.topics.set(topics)
    return article


def make_topic(slug="relapse", presets=("doctors",), **fields) -> Topic:
    return Topic.objects.create(slug=slug, name=slug.title(), presets=list(presets), **fields)


def upload_of(image: Image.Image, format_name="JPEG", name="photo.jpg", **options) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return SimpleUploadedFile(name, out.getvalue(), f"image/{format_name.lower()}")


# A row of every model that the admin shows
ROWS = {
    Article: lambda number: make_article(f"Starting again {number}"),
    Comment: lambda number: Comment.objects.create(
        article=make_article(f"Discussed {number}"), name="Sam", text="It helped me."
    ),
    Person: lambda number: make_person(f"Ana Reyes {number}"),
    Picture: lambda number: Picture.objects.create(
        name=f"{number:016}-1600x900.jpg", width=1600, height=900, alt="A path through a wood"
    ),
    Topic: lambda number: make_topic(f"topic-{number}"),
}
