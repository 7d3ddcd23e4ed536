from dataclasses import dataclass

from django.contrib import admin, messages
from django.utils.html import format_html

from clinics.models import Clinic, PossibleDuplicate, Service
from core.admin import QueueAdmin, QueueFilter, bullets, link, log_each

Status = PossibleDuplicate.Status
DIFFERENT, KEEP_ONE, KEEP_OTHER = "different", "keep-one", "keep-other"


class StatusFilter(QueueFilter):
    choices_of_field = Status.choices


@dataclass(frozen=True)
class Line:
    """One fact, as each of the two clinics states it."""

    label: str
    one: str
    other: str
    compared: bool = True  # False: a difference here says nothing about the place

    @property
    def differs(self) -> bool:
        return self.compared and str(self.one).casefold() != str(self.other).casefold()


@admin.register(PossibleDuplicate)
class PossibleDuplicateAdmin(QueueAdmin):
    """Pairs of clinics that may be one place, the most similar first; an editor decides."""

    list_display = ["pair", "one_place", "other_place", "reason", "likeness", "status"]
    list_filter = [StatusFilter]
    list_select_related = ["one", "other"]
    ordering = ["-similarity", "pk"]
    search_fields = ["one__name", "other__name", "one__city", "one__phone", "reason"]
    search_help_text = "Name, city or phone of a clinic, or the reason"
    actions = ["are_two_places"]
    evidence_fields = ["reason", "likeness", "created_at"]

    def has_delete_permission(self, request, obj=None):
        """The next import would ask about a deleted pair again."""
        return False

    def get_queryset(self, request):
        return super().get_queryset(request).defer("one__position", "other__position")

    @admin.display(description="pair", ordering="one__name")
    def pair(self, pair):
        return str(pair)

    @admin.display(description="one at", ordering="one__state")
    def one_place(self, pair):
        return address(pair.one)

    @admin.display(description="the other at")
    def other_place(self, pair):
        return address(pair.other)

    @admin.display(description="names alike", ordering="similarity")
    def likeness(self, pair):
        return f"{pair.similarity:.0%}"

    @admin.action(description="Two places: keep both", permissions=["change"])
    def are_two_places(self, request, pairs):
        decided = list(pairs.filter(status=Status.OPEN))
        for pair in decided:
            pair.keep_apart(request.user)
        log_each(request, decided, "Decided: two places.")
        self.message_user(request, f"Two places: {len(decided)} of the chosen pairs.", messages.SUCCESS)

    def decide(self, request, pair, choice):
        if choice == DIFFERENT:
            pair.keep_apart(request.user)
            return "Decided: two places."
        if choice not in (KEEP_ONE, KEEP_OTHER):
            raise ValueError("Choose whether these are two places or one.")
        survivor, merged = (pair.one, pair.other) if choice == KEEP_ONE else (pair.other, pair.one)
        pair.merge(survivor, request.user)
        self.log_change(request, merged, f"Merged into {survivor} (number {survivor.pk}).")
        self.log_change(request, survivor, f"Took over {merged} (number {merged.pk}).")
        return f"Decided: one place. Kept number {survivor.pk}, merged number {merged.pk} into it."

    def still_open(self):
        return PossibleDuplicate.objects.filter(status=Status.OPEN).order_by(*self.ordering)

    def evidence(self, pair):
        return {"lines": compare(pair.one, pair.other), "is_merged": pair.status == Status.SAME}


def address(clinic: Clinic) -> str:
    parts = [clinic.street, clinic.street_detail, clinic.city, f"{clinic.state} {clinic.zip_code}".strip()]
    return ", ".join(part for part in parts if part)


def compare(one: Clinic, other: Clinic) -> list[Line]:
    """The facts by which an editor sees whether two clinics are one place."""
    stated = [*one.all_service_ids, *other.all_service_ids]
    names = {service.pk: service.name for service in Service.objects.filter(pk__in=stated)}

    def line(label, of, **options):
        return Line(label, of(one), of(other), **options)

    def services_only(clinic, beside):
        only_here = sorted(
            names[pk] for pk in set(clinic.all_service_ids) - set(beside.all_service_ids) if pk in names
        )
        if not only_here:
            return ""
        return format_html("<details><summary>{}</summary>{}</details>", len(only_here), bullets(only_here))

    return [
        line("Entry", lambda clinic: link(clinic, f"number {clinic.pk}"), compared=False),
        line("Name", lambda clinic: clinic.name),
        line("Program or site", lambda clinic: clinic.name_detail),
        line("Street", lambda clinic: clinic.street),
        line("Suite or building", lambda clinic: clinic.street_detail),
        line("City", lambda clinic: f"{clinic.city}, {clinic.state} {clinic.zip_code}".strip()),
        line("On the map", on_the_map),
        line("Phone", lambda clinic: clinic.phone),
        line("Intake", lambda clinic: ", ".join(clinic.intake_phones)),
        line("Website", lambda clinic: clinic.website),
        line("Readers find it", listed),
        line("Services", lambda clinic: str(len(clinic.all_service_ids))),
        Line("Services only here", services_only(one, other), services_only(other, one), compared=False),
        line("Stated by", sources, compared=False),
        line("Read in", records, compared=False),
    ]


def on_the_map(clinic: Clinic) -> str:
    if clinic.latitude is None:
        return "no"
    return f"{clinic.latitude:.5f}, {clinic.longitude:.5f}" + (" (approximate)" if clinic.is_approximate else "")


def listed(clinic: Clinic) -> str:
    if clinic.closed_on:
        return f"no, closed {clinic.closed_on}"
    return "yes" if clinic.is_listed else "no"


def sources(clinic: Clinic) -> str:
    return bullets([str(confirmation) for confirmation in clinic.confirmations.all()])


def records(clinic: Clinic) -> str:
    return bullets([str(record) for record in clinic.source_records.defer("row")])
