"""What the templates of the directory need beside Django's own tags."""

import json
from functools import lru_cache

from django import template
from django.conf import settings
from django.urls import reverse, translate_url
from django.utils.encoding import iri_to_uri
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext, override

from clinics.audience import serves_text
from clinics.directions import has_directions
from clinics.hours import readable_week
from clinics.maps.labels import labels_svg
from clinics.maps.pins import leads_svg, pins_svg
from clinics.rules import OF_TELEHEALTH, keys_of_state, rules_html
from clinics.search import facets
from clinics.search.gazetteer import state_label
from clinics.search.parts import left_out_html, telehealth_html, tonight_html, treats_count_html
from clinics.search.rows import SaidAbove, is_doubtful, rows_html
from clinics.search.rows import shared_line as shared_line_text
from clinics.search.statements import denial
from clinics.take_along import TakeAlong
from clinics.take_along import take_along as take_along_of
from core.phones import extension_of, tel_uri, without_extension

register = template.Library()


@register.simple_tag(takes_context=True)
def query_without(context, name: str, value: str = "") -> str:
    """The address of this search without one value of a parameter (or without all of them), back on page 1."""
    query = context["request"].GET.copy()
    kept = [item for item in query.getlist(name) if value and item != value]
    query.setlist(name, kept)
    query.pop("page", None)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_only(context, *names: str) -> str:
    """The address of this search with nothing but the parameters `names`."""
    query = context["request"].GET.copy()
    for name in set(query) - set(names):
        del query[name]
    return f"?{query.urlencode()}"


@register.filter
def tel(phone: str) -> str:
    """The `tel:` address of a phone number."""
    return tel_uri(phone)


@register.simple_tag
def lang_of_names() -> str:
    """For the element with the name of a clinic, which is English: else a Spanish voice reads it as Spanish."""
    return "" if get_language() == "en" else mark_safe(' lang="en"')


@register.filter
def call_number(phone: str) -> str:
    """A phone number without its extension: as much as a button shows."""
    return without_extension(phone)


@register.filter
def call_extension(phone: str) -> str:
    return extension_of(phone)


@register.filter
def shared_line(clinic) -> str:
    """ "shared line of 26 clinics", of the number that new patients call."""
    return shared_line_text(clinic.phone_shared_by, get_language())


@register.filter
def whom_it_serves(clinic) -> str:
    return serves_text(clinic)


@register.filter
def said_above(clinics: list) -> SaidAbove:
    """What is said once above a list of clinics."""
    return SaidAbove.of(clinics)


@register.filter
def week_text(week) -> str:
    """Weekly hours on one line, days that are alike told once."""
    return readable_week(week)


@register.filter
def facet_labels(clinic, group_slug: str) -> list[str]:
    """The labels of what a clinic offers in one facet group."""
    group = facets.GROUPS_BY_SLUG[group_slug]
    mask = getattr(clinic, group.column)
    return [value.label for value in group.values if mask & value.mask]


register.filter(denial)
register.filter(is_doubtful)
register.filter(has_directions)
register.simple_tag(rows_html, name="clinic_rows")
register.simple_tag(treats_count_html, name="treats_count")
register.simple_tag(left_out_html, name="left_out")
register.simple_tag(telehealth_html, name="telehealth_group")
register.simple_tag(tonight_html, name="tonight_rungs")
register.simple_tag(pins_svg)
register.filter(leads_svg)
register.filter(labels_svg)


@register.filter
def facet_label(key: str) -> str:
    """The label of "medication/methadone"."""
    return facets.VALUES[key].label


@register.filter
def state_search(code: str) -> str:
    """What finds a whole state in the search: "New York State", for "New York" is also a city."""
    return state_label(code)


@register.filter
def group_question(group_slug: str) -> str:
    """What a group of filters asks a reader; the name of the group, where that is clear by itself."""
    return str(facets.QUESTIONS.get(group_slug) or facets.GROUPS_BY_SLUG[group_slug].label)


@register.simple_tag
def rules(keys, state: str = "") -> str:
    """Rules of law and medicine as they stand today, by their keys."""
    return rules_html(*keys, state=state)


@register.simple_tag
def rules_of_state(state: str) -> str:
    """What holds in a state, given by its postal code: the rules of telehealth, and its own."""
    return rules_html(*dict.fromkeys([*OF_TELEHEALTH, *keys_of_state(state)]), state=state)


@register.filter
def as_json_ld(facts: dict) -> str:
    """Data for a <script type="application/ld+json">: `<`, `>` and `&` cannot end the element."""
    text = json.dumps(facts, ensure_ascii=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return mark_safe(text)  # noqa: S308 - escaped above


@register.filter
def stored_source(text: str) -> str:
    """ "SAMHSA directory 2024", as it was once written down, in the reader's language."""
    name, _blank, edition = text.rpartition(" ")
    return f"{gettext(name)} {edition}" if name else text


@register.simple_tag(takes_context=True)
def take_along(context, clinic) -> TakeAlong:
    """What a reader takes along of a clinic's page: its address is without the search that led there."""
    return take_along_of([clinic], context["request"].build_absolute_uri(clinic.get_absolute_url()))


@register.simple_tag(takes_context=True)
def in_language(context, language: str) -> str:
    """The address of this page in `language`, with its search; of the home page, where it has no counterpart."""
    request, current = context.get("request"), get_language()
    path = request.path if request and not context.get("is_error") else ""
    found = counterpart(path, language, current) if path else ""
    if found and (found != path or language == current):
        query = _query_in(language, request)
        return f"{found}?{iri_to_uri(query)}" if query else found
    with override(language):
        return reverse("clinics:home")


def _query_in(language: str, request) -> str:
    """The query; the page that a log-in or sign-up leads on to (`next`) is in the new language too."""
    where = request.GET.get("next", "")
    if not where.startswith("/"):
        return request.META.get("QUERY_STRING", "")
    query = request.GET.copy()
    query["next"] = translate_url(where, language)
    return query.urlencode(safe="/")


@lru_cache(maxsize=256)
def counterpart(path: str, language: str, current: str) -> str:
    """The address in `language` of the page that has `path` in the `current` one; never of a search, only its page."""
    return translate_url(path, language)


@register.simple_tag(takes_context=True)
def alternates(context) -> list[tuple[str, str]]:
    """(language, absolute address) of this page in every language; of a query only the page of a list is kept."""
    request, number = context["request"], getattr(context.get("page"), "number", 1)
    query = f"?page={number}" if number > 1 else ""
    return [
        (language, request.build_absolute_uri(translate_url(request.path, language)) + query)
        for language, _name in settings.LANGUAGES
    ]
