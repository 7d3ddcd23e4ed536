import re
import unicodedata

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import get_language
from simple_history.models import HistoricalRecords

from clinics.presets import PRESETS_BY_SLUG


class TopicQuerySet(models.QuerySet):
    def with_hashtag(self, typed: str):
        """What “#Recovery” typed into the search means; nothing unless it is one word that begins with #."""
        tag = hashtag(typed) if typed.startswith("#") else ""
        return self.filter(Q(hashtags__contains=[tag]) | Q(slug=tag)) if tag else self.none()


def hashtag(typed: str) -> str:
    """As it is compared: without #, accents, capitals and hyphens; "" if it is no word."""
    letters = unicodedata.normalize("NFKD", typed).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]", "", letters) if len(typed.split()) == 1 else ""


class Topic(models.Model):
    """What articles are about, and which blocks of the directory stand below them."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    name_es = models.CharField("name in Spanish", max_length=80, blank=True)
    description = models.CharField(max_length=300, blank=True)
    description_es = models.CharField("description in Spanish", max_length=300, blank=True)
    hashtags = ArrayField(
        models.CharField(max_length=60),
        default=list,
        db_default=[],
        blank=True,
        help_text="without #, separated by commas: “#recovery” typed into the search of the articles opens this topic",
    )
    presets = ArrayField(
        models.CharField(max_length=40),  # slugs of clinics/presets.py
        default=list,
        blank=True,
        help_text="the kinds of clinics that each article leads to, in this order",
    )

    objects = TopicQuerySet.as_manager()
    history = HistoricalRecords(user_db_constraint=False)

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    def save(self, *args, **options):
        self.hashtags = list(dict.fromkeys(tag for each in self.hashtags if (tag := hashtag(each))))
        super().save(*args, **options)

    def get_absolute_url(self):
        return reverse("articles:topic_detail", args=[self.slug])

    @property
    def label(self) -> str:
        """The name in the reader's language."""
        return (self._is_spanish and self.name_es) or self.name

    @property
    def explanation(self) -> str:
        return (self._is_spanish and self.description_es) or self.description

    @property
    def known_presets(self) -> list[str]:
        """Its presets without those that no longer exist."""
        return [slug for slug in self.presets if slug in PRESETS_BY_SLUG]

    @property
    def _is_spanish(self) -> bool:
        return (get_language() or "").startswith("es")
