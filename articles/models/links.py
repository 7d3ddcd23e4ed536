from datetime import date, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Concat, Replace
from django.utils import timezone

from articles.models.article import Article, Citation

CHECKED_EVERY = timedelta(days=30)
DEAD_CHECKED_EVERY = timedelta(days=7)
LONGEST_RESULT = 300
NOT_NOTED = "no answer was noted"


def articles_linking_to(address) -> models.QuerySet[Article]:
    """Published articles with this address in the text or among the sources; an expression or a string."""
    written = Replace(
        address if hasattr(address, "resolve_expression") else Value(address), Value("&"), Value("&amp;")
    )
    cited = Citation.objects.filter(article=OuterRef("pk"), url=_of_the_outer(address))
    in_text = Q(body__contains=Concat(Value('href="'), written, Value('"')))
    return Article.objects.published().filter(in_text | Exists(cited))


def _of_the_outer(address):
    """The same expression, seen from a query inside the query that it belongs to."""
    return OuterRef(address) if isinstance(address, OuterRef) else address


class OutsideLinkQuerySet(models.QuerySet):
    def used(self):
        """Those that a published article has now; a link that an editor took out needs nobody any more."""
        return self.filter(Exists(articles_linking_to(OuterRef("url"))))

    def failing(self):
        return self.exclude(failing_since=None)

    def dead(self):
        """Failed on two different days, and still in an article that readers see."""
        return self.filter(last_failed_on__gt=F("failing_since")).used()

    def due(self):
        """What is to be asked now: a link monthly, one that failed on the next day too, a dead one weekly."""
        now, today = timezone.now(), timezone.localdate()
        is_dead = Q(last_failed_on__gt=F("failing_since"))
        return self.filter(
            Q(checked_at=None)
            | Q(checked_at__lt=now - CHECKED_EVERY)
            | (is_dead & Q(last_failed_on__lte=today - DEAD_CHECKED_EVERY))
            | (Q(failing_since=F("last_failed_on")) & Q(last_failed_on__lt=today))
        )


class OutsideLink(models.Model):
    """An address of another site that published articles link to or cite, and what came of asking it."""

    url = models.CharField("address", max_length=2000, unique=True)
    checked_at = models.DateTimeField("last checked", null=True, editable=False)
    result = models.CharField(max_length=LONGEST_RESULT, blank=True, editable=False)
    failing_since = models.DateField(null=True, editable=False)
    last_failed_on = models.DateField(null=True, editable=False)

    objects = OutsideLinkQuerySet.as_manager()

    class Meta:
        ordering = ["failing_since", "url"]

    def __str__(self):
        return self.url

    @property
    def is_dead(self) -> bool:
        return self.failing_since is not None and self.last_failed_on != self.failing_since

    @property
    def articles(self) -> models.QuerySet[Article]:
        """The published articles that use it."""
        return articles_linking_to(self.url)

    def begin(self) -> None:
        """Note that it is being asked: one that ends the job is not the first to be asked the next time."""
        self.checked_at, self.result = timezone.now(), NOT_NOTED
        self.save(update_fields=["checked_at", "result"])

    def succeeded(self, words: str) -> None:
        self.failing_since = self.last_failed_on = None
        self._checked(words)

    def failed(self, words: str, on: date | None = None) -> None:
        """The second failure counts on another day only: a site may be down for an hour."""
        self.last_failed_on = on or timezone.localdate()
        self.failing_since = self.failing_since or self.last_failed_on
        self._checked(words)

    def not_asked(self, words: str) -> None:
        """Nothing was learned of it; it is due again at once."""
        self.checked_at, self.result = None, words[:LONGEST_RESULT]
        self.save()

    def _checked(self, words: str) -> None:
        self.checked_at, self.result = timezone.now(), words[:LONGEST_RESULT]
        self.save()
