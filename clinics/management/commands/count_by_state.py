from django.core.management.base import BaseCommand
from django.db.models import Count, Q

from clinics.models import Clinic
from clinics.models.expressions import HasAnyBit
from clinics.search import facets

COLUMNS = ("state", "clinics", "give medicine", "do not say", "say they do not treat", "not said, but no medicine")


class Command(BaseCommand):
    help = (
        "Prints, for each state, how many listed clinics give medicine for opioid use disorder, as a Markdown table."
    )

    def handle(self, **options):
        rows = by_state()
        totals = [sum(row[column] for row in rows) for column in range(1, len(COLUMNS))]
        self.stdout.write(f"| {' | '.join(COLUMNS)} |\n|---|{'---:|' * (len(COLUMNS) - 1)}")
        for state, *counts in [*rows, ("all", *totals)]:
            self.stdout.write(f"| {state} | {' | '.join(f'{count:,}' for count in counts)} |")


def by_state() -> list[tuple]:
    """(state, clinics, and how many of them each of `COLUMNS` is true of)."""
    counts = {value.slug: Count("pk", filter=Q(HasAnyBit(value.column, value.mask))) for value in facets.TREATS.values}
    no_medicine = HasAnyBit("denied_bits", facets.MEDICINE.mask) & HasAnyBit("treatment_bits", facets.NOT_STATED.mask)
    rows = (
        Clinic.objects.listed()
        .order_by("state")
        .values("state")
        .annotate(clinics=Count("pk"), no_medicine=Count("pk", filter=Q(no_medicine)), **counts)
    )
    slugs = [value.slug for value in facets.TREATS.values]
    return [(row["state"], row["clinics"], *(row[slug] for slug in slugs), row["no_medicine"]) for row in rows]
