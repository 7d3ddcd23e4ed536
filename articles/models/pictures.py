from django.apps import apps
from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce, Concat
from django.utils import timezone
from simple_history.models import HistoricalRecords

from articles import markup
from core.images import StoredPicture, storage

MIDDLE = 50  # percent
EDGE = 33  # percent of a side that count as its begin, and as its end


def _articles():
    """All articles; their module imports this one."""
    return apps.get_model("articles", "Article").objects


def articles_with(pk, name) -> models.QuerySet:
    """The articles with a picture at their top or in their text; of a picture's number and name, or expressions."""
    in_text = Concat(Value(f'src="{markup.PICTURES}'), name if hasattr(name, "resolve_expression") else Value(name))
    return _articles().filter(Q(hero=pk) | Q(body__contains=in_text))


class PictureQuerySet(models.QuerySet):
    def search(self, text: str):
        """Those with each of the words in their alternative text, credit or name."""
        for word in text.split()[:8]:
            self = self.filter(Q(alt__icontains=word) | Q(credit__icontains=word) | Q(name__icontains=word))
        return self

    def with_uses(self):
        """Each with `uses`: in how many articles it is, readers see them or not."""
        articles = articles_with(OuterRef("pk"), OuterRef("name")).order_by().annotate(one=Value(1)).values("one")
        return self.annotate(uses=Coalesce(Subquery(articles.annotate(count=Count("pk")).values("count")), 0))


class Picture(StoredPicture, models.Model):
    """A picture of articles, encoded again by us: no metadata, one format, two sizes."""

    name = models.CharField(max_length=60, unique=True, editable=False)  # "0123456789abcdef-1600x900.jpg"
    width = models.PositiveIntegerField(editable=False, help_text="pixels")
    height = models.PositiveIntegerField(editable=False, help_text="pixels")
    alt = models.CharField("alternative text", max_length=250, help_text="what it shows, for people who cannot see it")
    credit = models.CharField(max_length=150, blank=True, help_text="who owns the picture, and its license")
    focus_x = models.PositiveSmallIntegerField(
        "from the left", default=MIDDLE, db_default=MIDDLE, validators=[MaxValueValidator(100)], help_text="percent"
    )
    focus_y = models.PositiveSmallIntegerField(
        "from the top", default=MIDDLE, db_default=MIDDLE, validators=[MaxValueValidator(100)], help_text="percent"
    )
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)

    is_new: bool  # of an upload: false if the library had the same picture
    uses: int  # set by with_uses()

    objects = PictureQuerySet.as_manager()
    history = HistoricalRecords(excluded_fields=["uploaded_by", "uploaded_at"], user_db_constraint=False)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self):
        return self.alt or self.name

    def save(self, *args, **options):
        super().save(*args, **options)
        at_top, user = _articles().filter(hero=self.pk), getattr(self, "_history_user", None)
        at_top.send_back_unreviewed("Back to review: its picture has other words", user)

    @staticmethod
    def storage():
        return storage()

    @property
    def articles(self) -> models.QuerySet:
        """Those with it at their top or in their text."""
        return articles_with(self.pk, self.name)

    @property
    def is_seen_at_a_top(self) -> bool:
        """Whether its words stand on a page that came out; in a text stand the words of the text."""
        return _articles().came_out().filter(hero=self.pk).exists()

    @property
    def focus(self) -> str:
        """The class of css/articles.css that keeps what matters in sight where a page cuts the picture."""
        return f"focus-{_third(self.focus_x, 'left', 'right')}-{_third(self.focus_y, 'top', 'bottom')}"


def _third(percent: int, begin: str, end: str) -> str:
    return begin if percent < EDGE else end if percent > 100 - EDGE else "middle"
