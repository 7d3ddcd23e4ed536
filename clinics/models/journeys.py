"""What lies between a ZIP code and a clinic near it: worked out ahead, never while a reader waits."""

from django.db import models
from django.db.models import Q


class Journey(models.Model):
    """From the point of a ZIP code to a clinic: only where there is something to say that miles do not."""

    class Obstacle(models.TextChoices):
        WATER = "water", "across the water"
        NO_ROAD = "no-road", "no road"

    zip_code = models.CharField("ZIP code", max_length=5)
    clinic = models.ForeignKey("clinics.Clinic", models.CASCADE, related_name="journeys")
    obstacle = models.CharField(max_length=7, choices=Obstacle, blank=True)
    water_miles = models.FloatField(null=True, help_text="the longest stretch of open water under the straight line")
    minutes = models.PositiveSmallIntegerField(null=True, help_text="by car; null: not worked out")
    road_miles = models.FloatField(null=True)
    roads_as_of = models.CharField(max_length=20, blank=True, help_text="the day of the OpenStreetMap extract")

    class Meta:
        ordering = ["zip_code", "clinic"]
        constraints = [
            models.UniqueConstraint(fields=["zip_code", "clinic"], name="journey_once_a_pair"),
            models.CheckConstraint(
                condition=Q(minutes__isnull=True) | Q(road_miles__isnull=False), name="journey_by_road_has_miles"
            ),
        ]

    def __str__(self):
        return f"{self.zip_code} to {self.clinic_id}"
