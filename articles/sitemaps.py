from django.contrib.sitemaps import Sitemap
from django.db.models import Max, Q
from django.urls import reverse

from articles.models import Article, Topic


class ArticleSitemap(Sitemap):
    limit = 10000

    def items(self):
        return Article.objects.published().order_by("pk").only("slug", "language", "updated_at")

    def lastmod(self, article):
        return article.updated_at


class TopicSitemap(Sitemap):
    def items(self):
        published = Q(articles__in=Article.objects.published())
        return (
            Topic.objects.filter(published)
            .annotate(updated_at=Max("articles__updated_at", filter=published))
            .order_by("slug")
        )

    def lastmod(self, topic):
        return topic.updated_at


class ListSitemap(Sitemap):
    def items(self):
        return ["article_list"]

    def location(self, item):
        return reverse(f"articles:{item}")


SITEMAPS = {"article-list": ListSitemap, "topics": TopicSitemap, "articles": ArticleSitemap}
