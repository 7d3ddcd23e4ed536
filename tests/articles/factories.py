"""Articles for tests: complete, so that one thing at a time can be taken away."""

import io

import factory
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from factory.django import DjangoModelFactory
from PIL import Image

from articles.models import Article, Citation, Comment, HeldWord, OutsideLink, Person, Picture, Review, Topic
from articles.models.reviews import hash_of


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
    """A published article of Ana Reyes, reviewed by Ben Osei; `citations` is their number, one unless stated.

    Its review is signed on the day `last_reviewed_on`; without that or a reviewer, or as a sample, it has none.
    """

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

    @factory.post_generation
    def signed(self, create, signed, **fields):
        is_unsigned = self.is_sample or not (self.reviewer and self.last_reviewed_on) or self.reviewer.is_placeholder
        if not is_unsigned:
            make_review(self)


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


class HeldWordFactory(DjangoModelFactory):
    class Meta:
        model = HeldWord

    word = factory.Sequence(lambda n: f"pill shop {n}")


class PictureFactory(DjangoModelFactory):
    class Meta:
        model = Picture

    name = factory.Sequence(lambda n: f"{n:016}-1600x900.jpg")
    width = 1600
    height = 900
    alt = "A path through a wood"


class OutsideLinkFactory(DjangoModelFactory):
    class Meta:
        model = OutsideLink

    url = factory.Sequence(lambda n: f"https://www.samhsa.gov/page-{n}")


def make_person(name: str) -> Person:
    return PersonFactory(name=name)


def make_article(title="Starting again", **fields) -> Article:
    return ArticleFactory(title=title, **fields)


def make_topic(slug="relapse", **fields) -> Topic:
    return TopicFactory(slug=slug, **fields)


def make_account(name: str, group: str = "") -> User:
    """An account of the staff: "Ben Osei" is ben-osei."""
    username = name.lower().replace(" ", "-")
    first, _space, last = name.partition(" ")
    fields = {"is_staff": True, "first_name": first, "last_name": last}
    user, _created = User.objects.get_or_create(username=username, defaults=fields)
    if group:
        user.groups.add(Group.objects.get(name=group))
    return user


def make_reviewer(name="Ben Osei", group="reviewer", credentials="MD", user=None) -> User:
    """The account of somebody whose credentials an administrator recorded."""
    user, person = user or make_account(name, group), make_person(name)
    person.user, person.credentials = user, credentials
    person.record_credentials(make_account("Ada Admin"))
    person.save()
    return user


def make_review(article, **fields) -> Review:
    """A medical review of the text as it stands, by the article's reviewer."""
    text, person = article.text_read(), article.reviewer
    given = {
        **{"kind": "medical", "verdict": "approved", "reviewer": make_account(person.name), "person": person},
        **{"name": person.name, "credentials": person.credentials, "reviewed_on": article.last_reviewed_on},
        **{"text": text, "text_hash": hash_of(text)},
    }
    return Review.objects.create(article=article, **given | fields)


def upload_of(image: Image.Image, format_name="JPEG", name="photo.jpg", **options) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    out = io.BytesIO()
    image.save(out, format_name, **options)
    return SimpleUploadedFile(name, out.getvalue(), f"image/{format_name.lower()}")


# Makes a row of every model that the admin shows.
ROWS = {
    Article: ArticleFactory,
    Comment: CommentFactory,
    HeldWord: HeldWordFactory,
    OutsideLink: OutsideLinkFactory,
    Person: PersonFactory,
    Picture: PictureFactory,
    Review: lambda: ArticleFactory().reviews.get(),
    Topic: TopicFactory,
}
