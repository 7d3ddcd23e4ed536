"""What rows of a file that the project ships have in common."""

from django.db import models


class Shipped(models.Model):
    """A row that the project may ship; once an editor has written it, no release changes it (clinics/shipped.py)."""

    is_shipped = models.BooleanField(default=False, editable=False)

    class Meta:
        abstract = True
