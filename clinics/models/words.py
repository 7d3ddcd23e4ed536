"""The words and numbers by which a clinic is found by name. Triggers keep them (clinics/models/word_triggers.py)."""

from django.contrib.postgres.indexes import GinIndex
from django.db import models

LONGEST_WORD = 60  # characters


class KnownWord(models.Model):
    """Each word that a clinic has or once had, one time: short enough for its index to be asked for every typo."""

    word = models.CharField(max_length=LONGEST_WORD, primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], opclasses=["gin_trgm_ops"], name="word_by_likeness")]

    def __str__(self):
        return self.word


class ClinicWord(models.Model):
    """A word of a clinic's names (shown, and as its sources spell them) or of its city; or the digits of a number."""

    pk = models.CompositePrimaryKey("word", "clinic_id")
    word = models.CharField(max_length=LONGEST_WORD)
    clinic_id = models.BigIntegerField(db_index=True)  # no relation: nobody but the triggers writes or removes one
    in_name = models.BooleanField(help_text="else of the city alone")

    def __str__(self):
        return f"{self.word} ({self.clinic_id})"
