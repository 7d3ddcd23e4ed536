"""The photos of a clinic's page, and how often it was opened."""

import logging
from typing import Self

from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.images import StoredPicture, prepare, storage, store

MOST_PHOTOS = 4
SALT = b"clinic"  # keeps the files of clinics apart from those of articles, so that a file can be deleted with its row
logger = logging.getLogger(__name__)


class ClinicPhotoQuerySet(models.QuerySet["ClinicPhoto"]):
    def shown(self) -> Self:
        """Those that readers see."""
        return self.filter(status=ClinicPhoto.Status.SHOWN)

    def waiting(self) -> Self:
        """Those that no editor has seen."""
        return self.filter(status=ClinicPhoto.Status.WAITING)


class ClinicPhoto(StoredPicture, models.Model):
    """A photo from the clinic, encoded again by us: no metadata, one format, two sizes. An editor sees it first."""

    class Status(models.TextChoices):
        WAITING = "waiting", gettext_lazy("waiting for an editor")
        SHOWN = "shown", gettext_lazy("shown to readers")
        DECLINED = "declined", gettext_lazy("not shown")

    clinic = models.ForeignKey("clinics.Clinic", models.CASCADE, related_name="photos")
    name = models.CharField(max_length=60, editable=False)  # "0123456789abcdef-1600x900.jpg"
    width = models.PositiveIntegerField(editable=False, help_text="pixels")
    height = models.PositiveIntegerField(editable=False, help_text="pixels")
    alt = models.CharField("alternative text", max_length=250, help_text="what it shows, for who cannot see it")
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING, db_default=Status.SHOWN)
    reason = models.CharField(
        max_length=200, blank=True, db_default="", help_text="why it is not shown, for its sender"
    )

    objects = ClinicPhotoQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["clinic", "name"], name="photo_once_a_clinic")]

    def __str__(self):
        return self.alt

    @classmethod
    def add(cls, clinic, upload, alt: str) -> "ClinicPhoto":
        """Store a photo of `clinic`. Raises ValidationError with a sentence for its sender."""
        cls._refuse_more(clinic)
        picture = prepare(upload)
        with transaction.atomic():
            type(clinic).objects.select_for_update().only("pk").get(pk=clinic.pk)
            cls._refuse_more(clinic)
            name, width, height = store(picture, storage(), SALT)
            values = {"width": width, "height": height, "alt": alt, "status": cls.Status.WAITING, "reason": ""}
            return cls.objects.update_or_create(clinic=clinic, name=name, defaults=values)[0]

    @staticmethod
    def _refuse_more(clinic) -> None:
        if clinic.photos.count() >= MOST_PHOTOS:
            raise ValidationError(_("There are %(most)s photos already. Remove one first.") % {"most": MOST_PHOTOS})

    def remove(self) -> None:
        """Delete the row, and after the commit its files, unless another clinic shows the same photo."""
        names = {self.name, self.small_name}
        self.delete()
        if not ClinicPhoto.objects.filter(name=self.name).exists():
            transaction.on_commit(lambda: [storage().delete(name) for name in names])


class ClinicViews(models.Model):
    """How often the page of a clinic was opened on a day: a number, and nothing about the readers.

    Pages that a cache or a browser answers are not counted; programs are counted like people.
    """

    clinic = models.ForeignKey("clinics.Clinic", models.CASCADE, related_name="views")
    day = models.DateField()
    count = models.PositiveIntegerField()

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["clinic", "day"], name="views_of_a_day")]

    def __str__(self):
        return f"{self.day}: {self.count}"

    @classmethod
    def add_one(cls, clinic) -> None:
        """One statement. A reader gets the page whether or not it could be counted."""
        table = cls._meta.db_table
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO {table} (clinic_id, day, count) VALUES (%s, %s, 1) "  # noqa: S608 - our own name
                    f"ON CONFLICT (clinic_id, day) DO UPDATE SET count = {table}.count + 1",
                    [clinic.pk, timezone.localdate()],
                )
        except DatabaseError as error:
            logger.warning("A view was not counted: %s", type(error).__name__)
