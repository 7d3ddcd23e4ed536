from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinics.models.clinic import Clinic
from clinics.models.imports import SourceRecord


class EvidenceQuerySet(models.QuerySet):
    def current(self):
        """Those that have not expired and whose record still exists: a credential ends the day after `expires_on`."""
        rows = self.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=timezone.localdate()))
        return rows.exclude(Q(source_record_id__isnull=False) & ~Exists(_record()))

    def without_record(self):
        """Those that a list proved whose import was undone since."""
        return self.filter(Q(source_record_id__isnull=False) & ~Exists(_record()))


def _record():
    return SourceRecord.objects.filter(pk=OuterRef("source_record_id"))


class Evidence(models.Model):
    """A credential of a clinic, which exists only with what proves it, in which register and when it was checked."""

    class Kind(models.TextChoices):
        NPI = "npi", _("NPI on record")
        OTP = "otp", _("Federally certified opioid treatment program")
        LICENSE = "license", _("State license")
        ACCREDITATION = "accreditation", _("Accredited")

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="evidence")
    kind = models.CharField(max_length=13, choices=Kind.choices)
    number = models.CharField(max_length=40, blank=True, help_text="NPI, license or certificate number")
    issuer = models.CharField(max_length=120, help_text="who keeps the register: NPPES, SAMHSA, a state's agency")
    proof = models.TextField(max_length=1000, help_text="what the register says, as it was read")
    proof_url = models.URLField(max_length=300, blank=True, help_text="where anybody can look it up")
    # Imports and their undoing delete records in SQL; what is left without its record is not shown (see current).
    source_record = models.ForeignKey(
        SourceRecord, models.CASCADE, null=True, blank=True, editable=False, db_constraint=False
    )
    checked_on = models.DateField(default=timezone.localdate)
    expires_on = models.DateField(null=True, blank=True, help_text="the last day on which it holds")

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "evidence"
        ordering = ["kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "kind", "number"], name="badge_once"),
            models.CheckConstraint(
                condition=~Q(proof="") & ~Q(issuer="") & Q(checked_on__isnull=False),
                name="no_badge_without_evidence",
                violation_error_message="Say which register states it, what it says, and when that was looked up.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="license") | (Q(expires_on__isnull=False) & ~Q(number="")),
                name="license_has_number_and_expiry",
                violation_error_message="A license needs its number and the day it expires.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="npi") | Q(number__regex=r"^[12][0-9]{9}$"),
                name="npi_has_ten_digits",
                violation_error_message="An NPI has ten digits and begins with 1 or 2.",
            ),
            models.CheckConstraint(
                condition=~Q(kind="otp") | Q(source_record__isnull=False),
                name="otp_has_its_record",
                violation_error_message="Only a row of SAMHSA's OTP directory proves this.",
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {self.number}".strip()


class FactChange(models.Model):
    """A change of one fact of a clinic. A trigger writes it, whoever made the change."""

    # The trigger writes it in the transaction of the change; so it has no foreign key to check there.
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="fact_changes", db_constraint=False)
    field = models.CharField(max_length=30)
    old = models.TextField(null=True)  # noqa: DJ001 - null is what was not stated
    new = models.TextField(null=True)  # noqa: DJ001
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ["-changed_at", "-pk"]
        indexes = [models.Index(fields=["clinic", "-changed_at"], name="change_by_clinic")]

    def __str__(self):
        return f"{self.field}: {self.old} → {self.new}"
