"""The register of National Provider Identifiers on this machine, from the files of CMS (`load_npi_register`).

Public facts that fill in an owner's form without asking anybody. No page shows them, and nothing follows from them.
"""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models


class RegisteredProvider(models.Model):
    """A person or an organization with an NPI, as CMS writes it."""

    npi = models.CharField("NPI", max_length=10, primary_key=True)
    name = models.CharField(max_length=200, blank=True)
    other_name = models.CharField(max_length=200, blank=True)
    is_person = models.BooleanField(default=False)
    credentials = models.CharField(max_length=60, blank=True)
    taxonomy = models.CharField(max_length=10, blank=True, help_text="code of what it does, such as 261QM2800X")
    license_number = models.CharField(max_length=40, blank=True)
    license_state = models.CharField(max_length=2, blank=True)
    searched = models.CharField(max_length=402, help_text="its names in capitals")

    class Meta:
        ordering = ["npi"]
        indexes = [GinIndex(OpClass("searched", name="gin_trgm_ops"), name="registered_provider_by_name")]

    def __str__(self):
        return f"NPI {self.npi}: {self.name or self.other_name}"


class RegisteredPlace(models.Model):
    """One practice location of a provider. No foreign key: the files of CMS come in any order."""

    npi = models.CharField("NPI", max_length=10)
    street = models.CharField(max_length=200)
    street_detail = models.CharField(max_length=200, blank=True)
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=2, blank=True)
    zip_code = models.CharField("ZIP code", max_length=5, blank=True)
    phone = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["npi", "street", "zip_code"], name="registered_place_once")]
        indexes = [models.Index(fields=["state", "npi"], name="registered_place_by_state")]

    def __str__(self):
        return f"NPI {self.npi}: {self.street}, {self.city}, {self.state} {self.zip_code}"
