from django.conf import settings
from django.db import models
from django.utils import timezone

from core.images import StoredPicture, storage


class Picture(StoredPicture, models.Model):
    """A picture of articles, encoded again by us: no metadata, one format, two sizes."""

    name = models.CharField(max_length=60, unique=True, editable=False)  # "0123456789abcdef-1600x900.jpg"
    width = models.PositiveIntegerField(editable=False, help_text="pixels")
    height = models.PositiveIntegerField(editable=False, help_text="pixels")
    alt = models.CharField("alternative text", max_length=250, help_text="what it shows, for who cannot see it")
    credit = models.CharField(max_length=150, blank=True, help_text="whose picture it is, and its license")
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self):
        return self.alt or self.name

    @staticmethod
    def storage():
        return storage()
