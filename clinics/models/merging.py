"""Two clinics that are one place become one listing."""

from typing import TYPE_CHECKING

from django.db import transaction
from django.dispatch import Signal

from clinics.models.availability import FIELDS_BY_GROUP
from clinics.models.photos import MOST_PHOTOS
from clinics.models.provenance import FactGroup
from clinics.questions import stated
from clinics.search import facets

if TYPE_CHECKING:
    from clinics.models.clinic import Clinic

clinics_merged = Signal()  # with `clinic_ids`, of both: their records moved, and may state other points


def merge(merged: "Clinic", other: "Clinic") -> None:
    """See Clinic.merge_into."""
    with transaction.atomic():
        # Locked in one order, so that two editors who merge the same pair wait for each other.
        both = type(merged).objects.filter(pk__in=[merged.pk, other.pk])
        list(both.select_for_update().order_by("pk").values_list("pk"))
        merged.refresh_from_db()
        other.refresh_from_db()
        if merged.pk == other.pk:
            raise ValueError(f"{merged} cannot be merged into itself.")
        for clinic in (merged, other):
            if clinic.merged_into_id:
                raise ValueError(f"{clinic} was already merged into another clinic.")
        if merged.is_managed:
            raise ValueError(
                f"{merged} (number {merged.pk}) and {other} (number {other.pk}) are both managed by their owners: "
                "close one of the two listings first."
                if other.is_managed
                else f"{merged} (number {merged.pk}) is managed by its owners: keep that one."
            )
        _fill(other, merged)
        other.save()
        merged.source_records.update(clinic=other)
        merged.corrections.update(clinic=other)
        _hand_on_proposals(merged, other)
        _hand_on(merged, other)
        merged.merged_clinics.update(merged_into=other)
        merged.is_listed, merged.merged_into = False, other
        merged.save(update_fields=["is_listed", "merged_into", "updated_at"])
        clinics_merged.send(type(other), clinic_ids=[merged.pk, other.pk])
        for clinic in (merged, other):
            clinic.refresh_from_db()


def _hand_on_proposals(merged: "Clinic", other: "Clinic") -> None:
    """Changes that wait for an editor go on, unless `other` has the same one waiting already."""
    waiting = {(change.writer, str(change.facts)) for change in other.proposed_changes.open()}
    for change in merged.proposed_changes.all():
        if change.status != change.Status.OPEN or (change.writer, str(change.facts)) not in waiting:
            merged.proposed_changes.filter(pk=change.pk).update(clinic=other)
        else:
            change.decide(
                change.Status.REJECTED, None, reason="The clinic it was merged into has the same one waiting."
            )


def _hand_on(merged: "Clinic", other: "Clinic") -> None:
    """Badges, people and photos, unless `other` has the same ones already; and when it is closed."""
    merged.closures.not_over().update(clinic=other)
    for badge in merged.evidence.all():
        if not other.evidence.filter(kind=badge.kind, number=badge.number).exists():
            merged.evidence.filter(pk=badge.pk).update(clinic=other)
    listing = getattr(merged, "listing", None)  # a closed one, of owners who may come back
    if listing is not None and not hasattr(other, "listing"):
        listing.clinic = other
        listing.save(update_fields=["clinic"])
    known = other.practitioners.values_list("npi", flat=True)
    merged.practitioners.exclude(npi__in=list(known)).update(clinic=other)
    shown = list(other.photos.values_list("name", flat=True))
    for photo in merged.photos.exclude(name__in=shown)[: max(0, MOST_PHOTOS - len(shown))]:
        merged.photos.filter(pk=photo.pk).update(clinic=other)


def _fill(clinic: "Clinic", merged: "Clinic") -> None:
    """Take over what `clinic` does not state itself."""
    names = ["website", "contact_email"]
    if not clinic.phones:  # one by one, the other's intake line would be called before the clinic's own number
        names += ["phone", "other_phones", "intake_phones", "hotlines", "phone_as_written"]
    if (clinic.state, clinic.city_slug) == (merged.state, merged.city_slug):
        names += ["zip_code", "county"]
    if not clinic.website:
        clinic.website_from_owner_on = merged.website_from_owner_on
    for name in names:
        setattr(clinic, name, getattr(clinic, name) or getattr(merged, name))
    if merged.all_service_ids and not clinic.all_service_ids:
        for name in ("service_ids", "denied_service_ids", "other_services", *facets.MASKS):
            setattr(clinic, name, getattr(merged, name))
        of_services = {"fact_group__in": [FactGroup.SERVICES, FactGroup.PAYMENT]}
        clinic.confirmations.filter(**of_services).delete()
        merged.confirmations.filter(**of_services).update(clinic=clinic)
    _fill_availability(clinic, merged)
    if merged.is_listed and not clinic.is_listed:
        clinic.is_listed, clinic.closed_on = True, None
    if not merged.missing_from:
        clinic.missing_from = ""


def _fill_availability(clinic: "Clinic", merged: "Clinic") -> None:
    """A group of access facts of which `clinic` states none comes whole, with its source."""
    for group, names in FIELDS_BY_GROUP.items():
        if not clinic.states_any(names) and merged.states_any(names):
            for name in names:
                setattr(clinic, name, getattr(merged, name))
            clinic.confirmations.filter(fact_group=group).delete()
            merged.confirmations.filter(fact_group=group).update(clinic=clinic)
    stated.take_over(clinic, merged)
