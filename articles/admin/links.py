"""Links: what the editor's chooser finds, and the addresses of other sites that no longer answer."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminURLFieldWidget
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.http import JsonResponse
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language, override

from articles import links
from articles.models import Article, OutsideLink, Topic
from clinics.models import Clinic
from clinics.presets import PAGES
from clinics.states import state_names
from core.admin import ReadOnlyAdmin, admin_url

MOST_OF_A_KIND = 6
LONGEST_QUERY = 200


class WebsiteField(forms.CharField):
    """An address of the web, completed as articles/links.py says."""

    widget = AdminURLFieldWidget

    def to_python(self, value):
        typed = super().to_python(value)
        return links.website(typed) if typed else ""


class Failing(admin.SimpleListFilter):
    title = "answer"
    parameter_name = "answer"

    def lookups(self, request, model_admin):
        return [("failing", "failed once"), ("fine", "answered"), ("all", "all")]

    def choices(self, changelist):
        yield {
            "selected": self.value() is None,
            "query_string": changelist.get_query_string(remove=["answer"]),
            "display": "dead",
        }
        yield from list(super().choices(changelist))[1:]

    def queryset(self, request, queryset):
        if self.value() == "failing":
            return queryset.failing()
        if self.value() == "fine":
            return queryset.filter(failing_since=None).exclude(checked_at=None)
        return queryset if self.value() == "all" else queryset.dead()


@admin.register(OutsideLink)
class OutsideLinkAdmin(ReadOnlyAdmin):
    list_display = ["address", "result", "failing_since", "checked_at", "used_in"]
    list_display_links = None
    list_filter = [Failing]
    show_facets = admin.ShowFacets.NEVER  # the counts would be those of the dead ones only
    search_fields = ["url"]
    actions = ["ask_again"]
    fields = readonly_fields = ("address", "result", "failing_since", "last_failed_on", "checked_at", "used_in")

    @admin.display(description="address", ordering="url")
    def address(self, link):
        if not links.leads_out(link.url):
            return link.url
        return format_html('<a href="{0}" rel="noopener noreferrer" target="_blank">{0}</a>', link.url)

    @admin.display(description="used in")
    def used_in(self, link):
        return articles_list(link.articles)

    @admin.action(description="Ask again at the next run of the job", permissions=["view"])
    def ask_again(self, request, queryset):
        count = queryset.order_by().update(checked_at=None)
        self.message_user(request, f"{count} will be asked at the next run.", messages.SUCCESS)

    def get_urls(self):
        own = path("choose/", self.admin_site.admin_view(self.choose), name="articles_link_choose")
        return [own, *super().get_urls()]

    def choose(self, request):
        """For the editor: pages of this site with the words `q`, and `q` as an address, completed or refused."""
        if not any(request.user.has_perm(f"articles.{each}_article") for each in ("add", "change")):
            raise PermissionDenied
        typed = request.GET.get("q", "").replace("\0", "")[: links.LONGEST]
        language = request.GET.get("language", "")
        with override(language if language in Article.Language.values else "en"):
            found = pages_named(" ".join(typed[:LONGEST_QUERY].split()))
        return JsonResponse({"found": found, **_as_address(typed)})


def _as_address(typed: str) -> dict[str, str]:
    try:
        return {"address": links.whole(typed)}
    except ValidationError as refusal:
        return {"refused": refusal.messages[0]}


def articles_list(articles):
    """The articles as links to their pages in the admin."""
    shown = articles.only("title", "status", "publish_at", "is_sample", "shown_unreviewed")
    rows = [(admin_url(article), article.title, article.status_now) for article in shown]
    if not rows:
        return "no article"
    items = format_html_join("", '<li><a href="{}">{}</a>, {}</li>', rows)
    return format_html('<ul class="plain-list">{}</ul>', items)


def pages_named(text: str) -> list[dict[str, str]]:
    """Published articles, topics, presets, states and clinics with all of the words, in the active language.

    Each with type, title and address. Without words: the newest articles, the topics and the presets.
    """
    words = text.split()[:8]
    found = [*_articles(words), *_topics(words), *_presets(words)]
    return [*found, *_states(words), *_clinics(words)] if words else found


def _row(kind: str, title, address: str) -> dict[str, str]:
    return {"type": kind, "title": str(title), "address": address}


def _articles(words):
    here = Q(language=get_language())
    articles = (
        Article.objects.published().only("title", "slug", "language").alias(here=here).order_by("-here", "-publish_at")
    )
    for word in words:
        articles = articles.filter(Q(title__icontains=word) | Q(summary__icontains=word))
    return [_row("article", article, article.get_absolute_url()) for article in articles[:MOST_OF_A_KIND]]


def _topics(words):
    topics = Topic.objects.all()
    for word in words:
        topics = topics.filter(Q(name__icontains=word) | Q(name_es__icontains=word))
    return [_row("topic", topic.label, topic.get_absolute_url()) for topic in topics[:MOST_OF_A_KIND]]


def _presets(words):
    found = [preset for preset in PAGES.values() if _has(words, f"{preset.title} {preset.summary}")]
    return [_row("kind of clinic", preset.title, reverse("clinics:preset", args=[preset.slug])) for preset in found]


def _states(words):
    found = [(code, name) for code, name in state_names().items() if _has(words, f"{name} {code}")]
    return [
        _row("state", name, reverse("clinics:city_list", args=[code.lower()])) for code, name in found[:MOST_OF_A_KIND]
    ]


def _clinics(words):
    clinics = Clinic.objects.listed()
    for word in words:
        clinics = clinics.filter(Q(name__icontains=word) | Q(city__icontains=word) | Q(state__iexact=word))
    rows = clinics.only("name", "city", "state").order_by("name", "pk")[:MOST_OF_A_KIND]
    return [
        _row("clinic", f"{clinic.name}, {clinic.city}, {clinic.state}", clinic.get_absolute_url()) for clinic in rows
    ]


def _has(words: list[str], text: str) -> bool:
    return all(word.lower() in text.lower() for word in words)
