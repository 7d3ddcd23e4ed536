"""Articles for tests: complete, so that one thing at a time can be taken away."""

import io

import factory
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from factory.django import DjangoModelFactory
from PIL import Image

from articles.models import Article, Citation, Comment, Person, Picture, Topic


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person
        django_get_or_create = ["name"]

    name = factory.Sequence(lambda n: f"Person {n}")


class CitationFactory(DjangoModelFactory):
    class Meta:
        model = Citation

    title = factory.Sequence(lambda n: f"Source {n}")
    publisher = "SAMHSA"
    url = "https://www.samhsa.gov/"


class ArticleFactory(DjangoModelFactory):
    """A published article of Ana Reyes, reviewed by Ben Osei; `citations` is their number, one unless stated."""

    class Meta:
        model = Article
        skip_postgeneration_save = True

    title = factory.Sequence(lambda n: f"Starting again {n}")
    slug = factory.LazyAttribute(lambda article: article.title.lower().replace(" ", "-"))
    summary = "What to do first after a return to use."
    body = "<p>You have not lost everything.</p>"
    author = factory.SubFactory(PersonFactory, name="Ana Reyes")
    reviewer = factory.SubFactory(PersonFactory, name="Ben Osei")
    last_reviewed_on = factory.LazyFunction(timezone.localdate)
    status = Article.Status.PUBLISHED
    publish_at = factory.LazyFunction(timezone.now)

    @factory.post_generation
    def citations(self, create, count, **fields):
        for number in range(1 if count is None else count):
            CitationFactory(article=self, title=f"Source {number + 1}")

    @factory.post_generation
    def topics(self, create, topics, **fields):
        self.topics.set(topics or ())


class TopicFactory(DjangoModelFactory):
    class Meta:
        model = Topic

    slug = factory.Sequence(lambda n: f"topic-{n}")
    name = factory.LazyAttribute(lambda topic: topic.slug.title())
    presets = factory.LazyFunction(lambda: ["doctors"])


class CommentFactory(DjangoModelFactory):
    class Meta:
        model = Comment

    article = factory.SubFactory(ArticleFactory)
    name = "Sam"
    text = "It helped me."


class PictureFactory(DjangoModelFactory):
    class Meta:
        model = Picture

    name = factory.Sequence(lambda n: f"{n:016}-1600x900.jpg")
    width = 1600
    height = 900
    alt = "A path through a wood"


def make_person(name: str) -> Person:
    return PersonFactory(name=name)


def make_article(title="Starting again", **fields) -> Article:
    return ArticleFactory(title=title, **fields)


def make_topic(slug="relapse", **fields) -> Topic:
    return TopicFactory(slug=slug, **fields)


def upload_of(image: Image.Image, format_name="JPEG", name="photo.jpg", **options) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return SimpleUploadedFile(name, out.getvalue(), f"image/{format_name.lower()}")


# Makes a row of every model that the admin shows.
ROWS = {
    Article: ArticleFactory,
    Comment: CommentFactory,
    Person: PersonFactory,
    Picture: PictureFactory,
    Topic: TopicFactory,
}
