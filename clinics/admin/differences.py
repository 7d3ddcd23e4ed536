from django.contrib import admin, messages
from django.utils.text import Truncator

from clinics.imports.fields import COMPARED_FIELDS
from clinics.locations.placing import place_clinics
from clinics.models import Clinic, ImportDifference, Service, Source
from clinics.verification.provenance import confirm
from core.admin import QueueAdmin, QueueFilter, link, log_each

Status = ImportDifference.Status


class StatusFilter(QueueFilter):
    choices_of_field = Status.choices


@admin.register(ImportDifference)
class ImportDifferenceAdmin(QueueAdmin):
    """Facts that a person confirmed and a newer list states otherwise. Ours stays until an editor decides.

    Among them is each no that we show ("Does not treat opioid use disorder") while a list states the opposite.
    """

    list_display = ["clinic_name", "field", "our_words", "their_words", "source_and_edition", "status"]
    list_filter = [StatusFilter, "fact_group", "source"]
    list_select_related = ["clinic"]
    ordering = ["clinic__state", "clinic__city", "clinic", "field"]
    search_fields = ["clinic__name", "clinic__city", "clinic__phone", "ours", "theirs"]
    search_help_text = "Name, city or phone of the clinic; words of either side"
    actions = ["keep_ours"]
    evidence_fields = [
        *("clinic_link", "fact_group", "field", "ours", "theirs"),
        *("source_and_edition", "run_link", "created_at"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).defer("clinic__position")

    def has_delete_permission(self, request, obj=None):
        """The next import would ask about a deleted difference again."""
        return False

    @admin.display(description="clinic", ordering="clinic__name")
    def clinic_name(self, difference):
        return str(difference.clinic)

    @admin.display(description="clinic")
    def clinic_link(self, difference):
        return link(difference.clinic)

    @admin.display(description="import")
    def run_link(self, difference):
        return link(difference.run)

    @admin.display(description="ours")
    def our_words(self, difference):
        return Truncator(difference.ours).chars(80) or "–"

    @admin.display(description="theirs")
    def their_words(self, difference):
        return Truncator(difference.theirs).chars(80) or "–"

    @admin.display(description="stated by", ordering="source")
    def source_and_edition(self, difference):
        return difference.source_text

    @admin.action(description="Ours is right", permissions=["change"])
    def keep_ours(self, request, differences):
        decided = list(differences.filter(status=Status.OPEN))
        for difference in decided:
            difference.decide(Status.OURS, by=request.user)
        log_each(request, decided, "Decided: ours is right.")
        self.message_user(request, f"Ours is right: {len(decided)} of the chosen facts.", messages.SUCCESS)

    def decide(self, request, difference, choice):
        if choice not in (Status.OURS, Status.THEIRS):
            raise ValueError("Choose which side is right.")
        if difference.status == Status.THEIRS:
            raise ValueError("Theirs was already taken over. Edit the clinic to change it again.")
        if choice == Status.THEIRS:
            clinic = difference.clinic
            phone_before = clinic.phone
            take_over(difference, clinic)
            clinic.save()
            place_clinics([clinic.pk])
            phone_changed = clinic.has_replaced(phone_before)
            confirm(clinic, [difference.fact_group], Source.EDITOR, request.user, phone_changed=phone_changed)
            sentence = f"Took over {difference.field} from {difference.source_text}: {difference.theirs}"
            self.log_change(request, clinic, sentence)
        difference.decide(choice, by=request.user)
        return f"Decided: {Status(choice).label}."

    def still_open(self):
        return ImportDifference.objects.filter(status=Status.OPEN).order_by(*self.ordering)


def take_over(difference: ImportDifference, clinic: Clinic) -> None:
    """Make `clinic` say what the source says. Does not save."""
    if difference.field in COMPARED_FIELDS:
        is_list = isinstance(getattr(clinic, difference.field), list)
        theirs = [part for part in difference.theirs.split(", ") if part] if is_list else difference.theirs
        setattr(clinic, difference.field, theirs)
        if difference.field == "website":
            clinic.website_from_owner_on = None
        return
    # For services, `ours` holds those that only we state, `theirs` those that only the source states.
    services = list(Service.objects.all())
    fewer = {service.pk for service in named_in(difference.ours, services)}
    more = {service.pk for service in named_in(difference.theirs, services)}
    wanted = (set(clinic.all_service_ids) - fewer) | more
    clinic.set_services([service for service in services if service.pk in wanted])


def named_in(text: str, services: list[Service]) -> list[Service]:
    """The services in a list of names separated by commas, some of which contain commas themselves."""
    text, found = f", {text}, ", []
    for service in sorted(services, key=lambda service: -len(service.name)):
        if f", {service.name}, " in text:
            text = text.replace(f", {service.name}, ", ", ")
            found.append(service)
    return found
