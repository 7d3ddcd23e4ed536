from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinics.npi import is_npi


def validate_npi(text: str) -> None:
    """Raises ValidationError for what is not a National Provider Identifier."""
    if not (len(text) == 10 and text.isascii() and text.isdigit()):
        raise ValidationError(_("An NPI has ten digits."), "invalid")
    if not is_npi(text):
        raise ValidationError(_("This is no NPI: its last digit does not fit the others. Check for a typo."), "check")


class Practitioner(models.Model):
    """A person who treats at a clinic: listed only if the practice names them and they agreed to it."""

    clinic = models.ForeignKey("clinics.Clinic", models.CASCADE, related_name="practitioners")
    name = models.CharField(max_length=120)
    credentials = models.CharField(max_length=60, blank=True, help_text="MD, NP")
    npi = models.CharField("NPI", max_length=10, validators=[validate_npi])
    license_state = models.CharField(max_length=2)
    license_number = models.CharField(max_length=40)
    license_expires_on = models.DateField()
    consented_on = models.DateField(help_text="when the practice recorded that this person agreed to be listed")

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["clinic", "npi"], name="practitioner_once_a_clinic")]
        indexes = [models.Index(fields=["npi"], name="practitioner_by_npi")]

    def __str__(self):
        return f"{self.name}, {self.credentials}" if self.credentials else self.name
