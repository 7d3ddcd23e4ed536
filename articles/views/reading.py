"""The pages that only show articles: they set no cookie, and carry the reader's place in the address alone."""

from contextlib import suppress
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.core.signing import BadSignature
from django.db import Error
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from articles import markup, previews
from articles.blocks import Blocks
from articles.metadata import article_json_ld
from articles.models import Article, Comment, Topic, Translation
from articles.search import LONGEST_QUERY, reader_language
from clinics.search.filters import asked_place
from clinics.search.places import Place
from core.replicas import PRIMARY

PAGE_SIZE = 20
RELATED = 3
THREADS = 10  # of comments below an article; the rest are on a page of their own
HEADINGS_FOR_CONTENTS = 3
MOST_BLOCKS = 3  # below the text, with those of its topics


def article_list(request):
    """All articles in the reader's language, newest first, or those that a search finds."""
    query = " ".join(request.GET.get("q", "").replace("\0", "").split())[:LONGEST_QUERY]
    articles = Article.objects.published().in_language(reader_language())
    if topic := Topic.objects.with_hashtag(query).first():
        return redirect(topic.get_absolute_url() + _only_near(request))
    if query:
        articles = articles.search(query, reader_language())
    return _list(request, articles, {"asked": query})


def topic_list(request):
    """Every topic that has something to read in the reader's language."""
    near, _place = place_nearby(request)
    published = Q(articles__in=Article.objects.published().in_language(reader_language()))
    topics = Topic.objects.annotate(article_count=Count("articles", filter=published)).filter(article_count__gt=0)
    context = {"topics": sorted(topics, key=lambda topic: topic.label.casefold()), "near": near}
    return render(request, "articles/topic_list.html", context)


def topic_detail(request, slug):
    topic = get_object_or_404(Topic, slug=slug)
    articles = Article.objects.published().in_language(reader_language()).filter(topics=topic)
    near, place = place_nearby(request)
    presets = topic.known_presets[:MOST_BLOCKS]
    blocks = Blocks(presets, near, place)
    shown = [blocks.block(preset) for preset in presets]
    return _list(request, articles, {"topic": topic, "blocks": shown})


def _list(request, articles, context):
    near, _place = place_nearby(request)
    page = Paginator(articles.for_cards(), PAGE_SIZE).get_page(request.GET.get("page"))
    topics = list(topics_with_articles())
    of_page = next((topic for topic in topics if topic == context.get("topic")), None)
    context |= {
        "page": page,
        "near": near,
        "topics": topics,
        "in_one_language": not of_page or not of_page.is_in_other_language,
    }
    response = render(request, "articles/article_list.html", context)
    if context.get("asked") or ("topic" in context and of_page is None):  # a topic without anything to read
        response["X-Robots-Tag"] = "noindex"
    return response


def article_detail(request, slug):
    found = Article.objects.published().with_due_version().for_page().filter(slug=slug)
    article = found.first()
    if article is not None and article.has_due_version:  # a moment before the job would see it
        _bring_up_to_date(article)
        article = found.first()
    if article is None:
        return _elsewhere(request, slug)
    if request.path != article.get_absolute_url():  # requested in another language
        return redirect(_in_language(article, reader_language()).get_absolute_url() + _query(request))
    near, place = place_nearby(request)
    response = render(request, "articles/article_detail.html", article_context(request, article, near, place))
    if near:
        response["X-Robots-Tag"] = "noindex"
    return response


def article_context(request, article, near="", place=None) -> dict:
    """What the page of an article shows."""
    topics, citations = list(article.topics.all()), list(article.citations.all())
    in_text, below = block_presets(article, topics)
    blocks = Blocks([*in_text, *below], near, place)
    page = markup.page_of(article.body, blocks.render, near)
    comments = list(article.comments.shown().order_by("created_at"))
    address = request.build_absolute_uri(article.get_absolute_url())
    return {
        "article": article,
        "standing": article.standing,
        "page_html": page.html,
        "contents": page.headings if len(page.headings) >= HEADINGS_FOR_CONTENTS else [],
        "topics": topics,
        "citations": citations,
        "blocks": [blocks.block(preset) for preset in below],
        "related": related_articles(article, topics),
        "threads": threads_of(comments)[:THREADS],
        "comment_count": len(comments),
        "near": near,
        "address": address,
        "json_ld": article_json_ld(article, topics, citations, address, request.build_absolute_uri),
        "other_language": counterpart(article),
        "behind": translation_behind(article),
    }


def block_presets(article, topics) -> tuple[list[str], list[str]]:
    """The presets of the blocks inside the text, and of those below it."""
    in_text = markup.presets_of(article.body)
    presets = dict.fromkeys(preset for topic in topics for preset in topic.known_presets)
    if not presets and not in_text:
        return [], ["suboxone-clinics"]  # every article has a block of the directory
    return in_text, [preset for preset in presets if preset not in in_text][:MOST_BLOCKS]


def threads_of(comments) -> list[tuple]:
    """Each comment with its replies: newest comment first, replies oldest first."""
    replies: dict[int | None, list[Comment]] = {}
    for comment in comments:
        replies.setdefault(comment.parent_id, []).append(comment)
    return [(comment, replies.get(comment.pk, [])) for comment in reversed(replies.get(None, []))]


def related_articles(article, topics) -> list[Article]:
    """The articles that the editor chose, then the newest of its topics."""
    itself = [pk for pk in (article.pk, article.revises_id) if pk]
    others = Article.objects.published().in_language(article.language).exclude(pk__in=itself)
    chosen = Article.related.through.objects.filter(from_article=article.pk, to_article=OuterRef("pk"))
    shared = Article.topics.through.objects.filter(topic__in=topics, article=OuterRef("pk"))
    others = others.annotate(is_chosen=Exists(chosen)).filter(Q(is_chosen=True) | Exists(shared))
    return list(others.only("title", "slug", "language", "summary").order_by("-is_chosen", "-publish_at")[:RELATED])


def counterpart(article) -> Article | None:
    """The same article in the other language, if readers can see it."""
    if article.translation_of is not None:
        return article.translation_of if article.translation_of.is_public else None
    return next(iter(article.published_translations), None)


def translation_behind(article) -> Translation | None:
    """What the reader of a translation is told of: its original says something else by now."""
    translation = getattr(article, "translation", None) if article.translation_of else None
    return translation if translation and translation.is_behind else None


def _in_language(article, language: str) -> Article:
    """The article's translation into that language if there is one, else the article."""
    if article.language == language:
        return article
    family = Q(pk=article.translation_of_id) | Q(translation_of=article)
    return Article.objects.published().in_language(language).filter(family).first() or article


def _bring_up_to_date(article) -> None:
    """Publish the next version whose time has come. Without the primary, readers get the article as it was."""
    with suppress(Error):
        for version in Article.objects.using(PRIMARY).due_next_versions().filter(revises=article.pk):
            version.publish_if_due()


def _elsewhere(request, slug):
    """Redirect an old address to the new one, permanently; say of an article that is gone that it is."""
    articles = Article.objects.select_related("replaced_by").defer("body", "vector")
    own, former = articles.filter(slug=slug, revises=None).first(), articles.filter(old_slugs__slug=slug).first()
    for article in (own, former):
        if article is not None and article.is_gone:
            return _gone(request, article)
    if own is not None or former is None or not former.is_public:
        raise Http404  # also of one whose time came this moment: it must not lead to itself, least of all for ever
    return redirect(former.get_absolute_url() + _query(request), permanent=True)


def _gone(request, article):
    """Nothing of the article itself: it was taken away. What editors chose instead, and the ways to others."""
    newer = article.replaced_by if article.replaced_by and article.replaced_by.is_public else None
    context = {
        "newer": newer and _in_language(newer, reader_language()),
        "topics": topics_with_articles(),
        "near": place_nearby(request)[0],
    }
    return render(request, "articles/article_gone.html", context, status=410)


def topics_with_articles():
    """The topics that have an article in the reader's language, each with `is_in_other_language`."""
    published = Article.objects.published().filter(topics=OuterRef("pk"))
    elsewhere = Exists(published.exclude(language=reader_language()))
    here = Exists(published.filter(language=reader_language()))
    return Topic.objects.filter(here).annotate(is_in_other_language=elsewhere)


def preview(request):
    """A draft exactly as readers will see it, by a signed link that expires, without an account."""
    try:
        article = Article.objects.for_page().get(**previews.read(request.GET.get("link", "")))
        if article.is_put_away:
            raise BadSignature("Nobody is to read it.")
    except (BadSignature, Article.DoesNotExist):
        response = render(request, "articles/preview_expired.html", {"days": previews.LIFETIME.days}, status=410)
        response["Cache-Control"] = "no-store"
        return response
    context = article_context(request, article) | {"is_preview": True, "preview_days": previews.LIFETIME.days}
    response = render(request, "articles/article_detail.html", context)
    response["Cache-Control"], response["X-Robots-Tag"] = "no-store", "noindex"
    return response


def place_nearby(request) -> tuple[str, Place | None]:
    """The place that the reader searched before, as typed and as found; ("", None) without one to measure from."""
    place = asked_place(request)
    return (request.GET["near"], place) if place and place.measured_from else ("", None)


def _only_near(request) -> str:
    near = request.GET.get("near", "")
    return f"?{urlencode({'near': near})}" if near else ""


def _query(request) -> str:
    query = request.META.get("QUERY_STRING", "")
    return f"?{query}" if query else ""
