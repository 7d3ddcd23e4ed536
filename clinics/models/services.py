from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from clinics.search import statements
from clinics.search.facets import GROUP_ORDER, GROUPS_BY_SLUG, facet_choices


def validate_stated(text: str) -> None:
    _validate_keys(text, statements.stated_keys())


def validate_denied(text: str) -> None:
    _validate_keys(text, statements.deniable_keys())


def _validate_keys(text: str, known: Iterable[str]) -> None:
    if unknown := sorted(set(text.split()).difference(known)):
        raise ValidationError(f"There is no {', '.join(unknown)}.")


class ServiceCategory(models.Model):
    """A heading of SAMHSA's code book, such as PHR Pharmacotherapies."""

    code = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=120)

    class Meta:
        verbose_name_plural = "service categories"
        ordering = ["code"]

    def __str__(self):
        return f"{self.code} {self.name}"


class Service(models.Model):
    """One thing a clinic may offer, in the words of the people who look for it.

    Name and explanation are English; pages show them through {% translate %}, whose catalogue has these texts too.
    """

    class Group(models.TextChoices):
        CARE = "care", _("Care")
        SETTING = "setting", _("Where and how")
        MEDICATION = "medication", _("Medications")
        PAYMENT = "payment", _("Ways to pay")
        ASSISTANCE = "assistance", _("Help with paying")
        PROGRAM = "program", _("Programs for")
        LANGUAGE = "language", _("Languages")
        AGE = "age", _("Ages and genders")
        FACILITY = "facility", _("About the facility")

    # They count as facts about payment, the others as facts about services.
    PAYMENT_GROUPS = (Group.PAYMENT, Group.ASSISTANCE)

    slug = models.SlugField(max_length=80, unique=True)
    group = models.CharField(max_length=12, choices=Group.choices)
    category = models.ForeignKey(ServiceCategory, models.PROTECT, related_name="services")
    name = models.CharField(max_length=100)
    explanation = models.CharField(max_length=200, blank=True)
    facet = models.CharField(
        max_length=60,
        blank=True,
        choices=facet_choices,
        help_text="the filter of the search that a clinic with this service passes; empty: none",
    )
    implies = models.CharField(
        max_length=200,
        blank=True,
        default="",
        db_default="",
        validators=[validate_stated],
        help_text="what it states beside that filter, separated by blanks: treats/medicine",
    )
    denies = models.CharField(
        max_length=400,
        blank=True,
        default="",
        db_default="",
        validators=[validate_denied],
        help_text="it is a stated no about these filters, separated by blanks; empty: it is offered",
    )

    class Meta:
        ordering = ["group", "name"]
        indexes = [models.Index(fields=["group"], name="service_by_group")]

    def __str__(self):
        return self.name

    @property
    def is_facet(self) -> bool:
        return bool(self.facet)

    @cached_property
    def stated(self) -> frozenset[str]:
        """The facets that a clinic with this service has, those that follow from another included."""
        return statements.with_what_follows({self.facet, *self.implies.split()} - {""})

    @cached_property
    def denied(self) -> frozenset[str]:
        return frozenset(self.denies.split())

    @property
    def group_label(self) -> str:
        group = GROUPS_BY_SLUG.get(self.group)
        return group.label if group else self.get_group_display()


def columns_of(services: Iterable[Service]) -> dict[str, Any]:
    """{column of Clinic: value} of what a source or a person states: the one place that parts yes from no.

    A no wins over a yes of the same source: a service that is denied is not offered. The source's record keeps both.
    """
    services = list(services)
    denied = frozenset[str]().union(*(service.denied for service in services))
    refused = statements.denied_keys(denied)
    offered = [service for service in services if not service.denied and not service.stated & refused]
    stated = frozenset[str]().union(*(service.stated for service in offered))
    return {
        "service_ids": sorted(service.pk for service in offered),
        "denied_service_ids": sorted(service.pk for service in services if service.denied),
        **statements.masks(stated, denied),
    }


# As pages list them: first what the search can filter by, in its order.
SHOWN_GROUPS = (
    *(Service.Group(slug) for slug in GROUP_ORDER if slug in Service.Group.values),
    Service.Group.FACILITY,
)


class ServiceCode(models.Model):
    """What a code means in one edition: the same letters mean different things in different directories."""

    edition = models.CharField(max_length=20)
    code = models.CharField(
        max_length=200, help_text="for FindTreatment.gov, which states no codes, the meaning itself"
    )
    category = models.ForeignKey(ServiceCategory, models.PROTECT, related_name="+")
    source_name = models.CharField(max_length=250, help_text="as the source prints it")
    service = models.ForeignKey(Service, models.PROTECT, related_name="codes")

    class Meta:
        ordering = ["edition", "code"]
        constraints = [models.UniqueConstraint(fields=["edition", "code"], name="code_once_an_edition")]

    def __str__(self):
        return f"{self.code} ({self.edition})"
