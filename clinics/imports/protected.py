"""Facts that a person vouches for: an import never overwrites them, and shows where it disagrees."""

from collections import defaultdict

from clinics.imports.derive import CONTACT_FIELDS, CodeBook, Facts
from clinics.models import Clinic, FactGroup, ImportDifference, Service
from clinics.models.provenance import HUMAN_SOURCES
from core.text import as_text

# What a reader sees of the contact; the rest follows from it.
COMPARED_FIELDS = (
    *("name", "name_detail", "street", "street_detail", "city", "state", "zip_code"),
    *("phone", "intake_phones", "website"),
)
HUMAN_GROUPS = """
    SELECT c.clinic_id, c.fact_group FROM affected a JOIN clinics_confirmation c USING (clinic_id)
    WHERE c.source = ANY(%s)
"""


class HumanFacts:
    """The fact groups of the affected clinics that a person vouches for."""

    def __init__(self, cursor, run, codebook: CodeBook):
        self.run, self.codebook = run, codebook
        self.groups: dict[int, set[str]] = defaultdict(set)
        self.differences: list[ImportDifference] = []
        cursor.execute(HUMAN_GROUPS, [[source.value for source in HUMAN_SOURCES]])
        for clinic_id, group in cursor.fetchall():
            self.groups[clinic_id].add(group)

    def respect(self, clinic_id: int, facts: Facts) -> dict:
        """The columns to write: the import's, except where a person vouches for ours."""
        if clinic_id not in self.groups:
            return facts.columns
        groups = self.groups[clinic_id]
        clinic = Clinic.objects.get(pk=clinic_id)
        columns = dict(facts.columns)
        if FactGroup.CONTACT in groups:
            for name in COMPARED_FIELDS:
                self._compare(clinic, FactGroup.CONTACT, name, getattr(clinic, name), columns[name], facts)
            columns |= {name: getattr(clinic, name) for name in CONTACT_FIELDS}
        return columns | self._services(clinic, facts, groups)

    def _services(self, clinic: Clinic, facts: Facts, groups: set[str]) -> dict:
        """Services and payment are one column and two fact groups: each half is ours or theirs."""
        ours, theirs = self._halves(clinic.service_ids), self._halves(facts.columns["service_ids"])
        other = facts.columns["other_services"]
        if FactGroup.SERVICES in groups:
            other = clinic.other_services
        for group in groups & {FactGroup.SERVICES, FactGroup.PAYMENT}:
            if group in facts.vouchers:
                more, fewer = (self._names(ids) for ids in (ours[group] - theirs[group], theirs[group] - ours[group]))
                self._compare(clinic, group, group, more, fewer, facts)
            theirs[group] = ours[group]
        return self.codebook.service_columns(theirs[FactGroup.SERVICES] | theirs[FactGroup.PAYMENT], other)

    def _halves(self, service_ids) -> dict[str, set[int]]:
        known = self.codebook.by_id
        payment = {pk for pk in service_ids if pk in known and known[pk].group in Service.PAYMENT_GROUPS}
        return {FactGroup.PAYMENT: payment, FactGroup.SERVICES: set(service_ids) - payment}

    def _names(self, service_ids: set[int]) -> list[str]:
        return sorted(self.codebook.by_id[pk].name for pk in service_ids if pk in self.codebook.by_id)

    def _compare(self, clinic: Clinic, group: str, name: str, ours, theirs, facts: Facts) -> None:
        left_out = group == FactGroup.CONTACT and not theirs  # no contradiction
        if group not in facts.vouchers or ours == theirs or left_out:
            return
        source, edition = facts.vouchers[group]
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

    def store(self) -> None:
        """Queue what differs now. A difference that was decided stays decided while both sides say the same."""
        before = {
            (difference.clinic_id, difference.field): difference
            for difference in ImportDifference.objects.filter(clinic__in=self.groups)
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
