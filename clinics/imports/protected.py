"""Fields that a person confirmed: an import never overwrites them, and shows where a list disagrees."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models.expressions import RawSQL

from clinics.imports.derive import CodeBook, DerivedFields, Dispute
from clinics.imports.fields import COMPARED_FIELDS, CONTACT_FIELDS
from clinics.imports.names import display_name
from clinics.models import Clinic, FactGroup, ImportDifference, ImportRun, Service, Source
from clinics.models.provenance import HUMAN_SOURCES
from core.text import as_text

NAMES = ("name", "name_detail")
CONFIRMED_GROUPS = """
    SELECT c.clinic_id, c.fact_group FROM affected a JOIN clinics_confirmation c USING (clinic_id)
    WHERE c.source = ANY(%s)
"""
ATTRIBUTE = """
    UPDATE clinics_importdifference d SET run_id = r.run_id FROM clinics_sourcerecord r
    WHERE d.run_id = %(run)s AND r.clinic_id = d.clinic_id AND r.source = d.source AND r.edition = d.edition
"""


class ProtectedFields:
    """The fact groups of the affected clinics that a person confirmed, and what the lists state instead."""

    def __init__(self, cursor: Any, run: ImportRun, codebook: CodeBook):
        self.run, self.codebook = run, codebook
        self.groups: dict[int, set[str]] = defaultdict(set)
        self.differences: list[ImportDifference] = []
        cursor.execute(CONFIRMED_GROUPS, [[source.value for source in HUMAN_SOURCES]])
        for clinic_id, group in cursor.fetchall():
            self.groups[clinic_id].add(group)

    def columns_to_write(self, clinic_id: int, derived: DerivedFields) -> dict[str, Any]:
        """The columns as the lists state them, except where a person confirmed ours."""
        if derived.dispute and FactGroup.SERVICES not in self.groups.get(clinic_id, ()):
            self.differences.append(self._disputed(clinic_id, derived.dispute))
        if clinic_id not in self.groups:
            return derived.columns
        groups = self.groups[clinic_id]
        clinic = Clinic.objects.get(pk=clinic_id)
        columns = dict(derived.columns)
        if FactGroup.CONTACT in groups:
            columns |= self._contact(clinic, derived)
        return columns | self._services(clinic, derived, groups)

    def _contact(self, clinic: Clinic, derived: DerivedFields) -> dict[str, Any]:
        ours, theirs = {name: getattr(clinic, name) for name in CONTACT_FIELDS}, derived.columns
        shown = dict(zip(NAMES, display_name(clinic.name, clinic.name_detail, clinic.city), strict=True))
        if _is_name_of_a_list(clinic, derived):
            ours |= shown
        is_same_name = all(shown[name] == theirs[name] for name in NAMES)
        for name in COMPARED_FIELDS:
            # A list that leaves a field out, or abbreviates our name, does not contradict us.
            if theirs[name] and not (is_same_name and name in NAMES):
                self._compare(clinic, FactGroup.CONTACT, name, ours[name], theirs[name], derived)
        return ours

    def _services(self, clinic: Clinic, derived: DerivedFields, groups: set[str]) -> dict[str, Any]:
        """Services and payment are one column and two fact groups: each half is ours or theirs."""
        ours, theirs = (
            self._halves(clinic.all_service_ids),
            self._halves([*derived.columns["service_ids"], *derived.columns["denied_service_ids"]]),
        )
        other = derived.columns["other_services"]
        if FactGroup.SERVICES in groups:
            other = clinic.other_services
        for group in groups & {FactGroup.SERVICES, FactGroup.PAYMENT}:
            if group in derived.provenance:
                more, fewer = (self._names(ids) for ids in (ours[group] - theirs[group], theirs[group] - ours[group]))
                self._compare(clinic, group, group, more, fewer, derived)
            theirs[group] = ours[group]
        return self.codebook.service_columns(theirs[FactGroup.SERVICES] | theirs[FactGroup.PAYMENT], other)

    def _disputed(self, clinic_id: int, dispute: Dispute) -> ImportDifference:
        """A no that we show, and what a list states against it. It stays a no until an editor decides otherwise."""
        return ImportDifference(
            clinic_id=clinic_id,
            run=self.run,
            source=dispute.source,
            edition=dispute.edition,
            fact_group=FactGroup.SERVICES,
            field=ImportDifference.DENIED,
            ours=as_text(self._names(set(dispute.denials))),
            theirs=as_text(self._names(set(dispute.statements))),
        )

    def _halves(self, service_ids: Iterable[int]) -> dict[str, set[int]]:
        known = self.codebook.by_id
        payment = {pk for pk in service_ids if pk in known and known[pk].group in Service.PAYMENT_GROUPS}
        return {FactGroup.PAYMENT: payment, FactGroup.SERVICES: set(service_ids) - payment}

    def _names(self, service_ids: set[int]) -> list[str]:
        return sorted(self.codebook.by_id[pk].name for pk in service_ids if pk in self.codebook.by_id)

    def _compare(self, clinic: Clinic, group: str, name: str, ours: Any, theirs: Any, derived: DerivedFields) -> None:
        if group not in derived.provenance or ours == theirs:
            return
        source, edition = derived.provenance[group]
        self.differences.append(
            ImportDifference(
                clinic=clinic,
                run=self.run,
                source=source,
                edition=edition,
                fact_group=group,
                field=name,
                ours=as_text(ours),
                theirs=as_text(theirs),
            )
        )

    def store_differences(self) -> None:
        """Queue what differs now. A difference that was decided stays decided while both sides say the same."""
        before = {
            (difference.clinic_id, difference.field): difference
            for difference in ImportDifference.objects.filter(clinic__in=RawSQL("SELECT clinic_id FROM affected", []))
        }
        new = []
        for difference in self.differences:
            old = before.pop((difference.clinic_id, difference.field), None)
            if old and (old.ours, old.theirs) == (difference.ours, difference.theirs):
                continue
            if old:
                old.delete()
            new.append(difference)
        ImportDifference.objects.filter(pk__in=[old.pk for old in before.values()]).delete()
        ImportDifference.objects.bulk_create(new, batch_size=1000)


def _is_name_of_a_list(clinic: Clinic, derived: DerivedFields) -> bool:
    """Whether nobody typed the name, which a person confirmed as an older release had copied it from a list.

    Who set it back to the list's spelling changed it, and owners type theirs.
    """
    return (
        (clinic.name, clinic.name_detail) in derived.printed_names
        and not clinic.fact_changes.filter(field__in=NAMES).exists()
        and not clinic.confirmations.filter(fact_group=FactGroup.CONTACT, source=Source.OWNER).exists()
    )


def attribute_differences(cursor: Any, run: ImportRun) -> None:
    """Give the differences that were found while no file was read to the runs of the lists that they are with."""
    cursor.execute(ATTRIBUTE, {"run": run.pk})
