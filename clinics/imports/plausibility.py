"""Which stated ages cannot be right, and why: the one rule, for every list.

SAMHSA's code CHLD, "children/adolescents (12 or younger)", stands alone for practices that by their other codes treat
adults. A patient who is told "children only" does not call, and a search for clinics for adults does not show them.
Their ages count as not stated, and editors and readers are told that they are to be checked. The record keeps what the
list states, and what a person states is never doubted.
"""

from collections.abc import Iterable

from clinics.models import Service

AGES_TO_CHECK = "ages-to-check"  # the service that says so on pages and in the admin
CHILDREN_ONLY = {"age/children"}
# Whom programs for adults alone are for. Not: pregnant people, who may be teenagers; people in the justice system,
# whom juvenile courts refer; young adults, whom programs for youth keep until 21.
ADULT_PROGRAMS = {f"program/{slug}" for slug in ("older-adults", "veterans", "active-duty", "women", "men")}
ADULT_TREATMENT = {"medication/methadone", "kind/otp"}  # federal rules all but limit them to adults
# Teenagers are treated with these too, but by programs that say that they are for teenagers.
MEDICINES = {"medication/buprenorphine", "medication/buprenorphine-injection", "medication/naltrexone"}
FOR_TEENAGERS = "program/adolescents"


def contradicts_children_only(services: Iterable[Service]) -> frozenset[str]:
    """The facets that are not for children, of a clinic that states to accept children only; empty: nothing is odd."""
    services = list(services)
    if {service.facet for service in services if service.facet.startswith("age/")} != CHILDREN_ONLY:
        return frozenset()
    stated = frozenset[str]().union(*(service.stated for service in services))
    odd = stated & (ADULT_PROGRAMS | ADULT_TREATMENT)
    return odd if FOR_TEENAGERS in stated else odd | (stated & MEDICINES)


def without_implausible_ages(service_ids: set[int], by_id: dict[int, Service]) -> set[int]:
    """The services that a list states; where its ages contradict the rest, AGES_TO_CHECK stands in their place."""
    services = [by_id[pk] for pk in service_ids if pk in by_id]
    if not contradicts_children_only(services):
        return service_ids
    kept = service_ids - {service.pk for service in services if service.facet in CHILDREN_ONLY}
    return kept | {pk for pk, service in by_id.items() if service.slug == AGES_TO_CHECK}
