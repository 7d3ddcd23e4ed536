from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinics.models.triggers import COPY_AVAILABILITY_DAY
from clinics.verification import freshness


class Source(models.TextChoices):
    """Who states a fact."""

    SAMHSA_DIRECTORY = "samhsa-directory", _("SAMHSA directory")
    SAMHSA_LOCATOR = "samhsa-locator", _("SAMHSA locator")
    SAMHSA_OTP = "samhsa-otp", _("SAMHSA OTP directory")
    FINDTREATMENT = "findtreatment", _("FindTreatment.gov")
    CMS_OTP = "cms-otp", _("CMS enrolled OTPs")
    OTHER_LIST = "other-list", _("a state or local list")
    OWNER = "owner", _("the clinic")
    EDITOR = "editor", _("our editors")
    CALLED = "called", _("a call to the clinic")
    DEMO = "demo", _("DEMO, invented")


# An import never overwrites facts of these sources.
HUMAN_SOURCES = (Source.OWNER, Source.EDITOR, Source.CALLED)


class FactGroup(models.TextChoices):
    """Facts that are stated and confirmed together."""

    CONTACT = "contact", _("Name, address and phone")
    SERVICES = "services", _("Services and medications")
    PAYMENT = "payment", _("Payment")
    AVAILABILITY = "availability", _("Availability")
    HOURS = "hours", _("Hours")


class ConfirmationQuerySet(models.QuerySet):
    def fresh(self):
        """Those that a person confirmed lately: the rule of `freshness.freshness` on rows."""
        return self.filter(confirmed_on__gt=freshness.stale_since())


class Confirmation(models.Model):
    """The source of a group of facts of a clinic, its edition, and the day of the last confirmation."""

    clinic = models.ForeignKey("clinics.Clinic", models.CASCADE, related_name="confirmations")
    fact_group = models.CharField(max_length=12, choices=FactGroup)
    source = models.CharField(max_length=20, choices=Source)
    edition = models.CharField(max_length=20, blank=True, help_text="the year or date of the source's list")
    confirmed_on = models.DateField(
        null=True, blank=True, help_text="when a person at the clinic said so; empty for a list that was only copied"
    )
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False)

    objects = ConfirmationQuerySet.as_manager()

    class Meta:
        ordering = ["fact_group"]
        constraints = [models.UniqueConstraint(fields=["clinic", "fact_group"], name="one_voucher_a_fact_group")]
        triggers = COPY_AVAILABILITY_DAY

    def __str__(self):
        return f"{self.get_fact_group_display()}: {self.source_text}"

    @property
    def source_text(self) -> str:
        return source_text(self.source, self.edition)

    @property
    def age_text(self) -> str:
        """The source and how long ago it confirmed, in words."""
        return freshness.age_text(*self._voucher, goes_unknown=self._goes_unknown)

    @property
    def age_in_short(self) -> str:
        """The same, to stand beside a fact."""
        return freshness.age_in_short(*self._voucher, goes_unknown=self._goes_unknown)

    @property
    def _voucher(self) -> tuple:
        return Source(self.source), self.edition, self.confirmed_on

    @property
    def _goes_unknown(self) -> bool:
        return self.fact_group == FactGroup.AVAILABILITY


def source_text(source: str, edition: str) -> str:
    """ "SAMHSA directory 2024"."""
    return f"{Source(source).label} {edition}".strip()
