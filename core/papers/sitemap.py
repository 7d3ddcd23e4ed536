from django.contrib.sitemaps import Sitemap
from django.urls import reverse

from core.models import Paper


class PaperSitemap(Sitemap):
    """The papers in force, in every language."""

    i18n = alternates = x_default = True

    def items(self):
        return list(Paper.ADDRESSES)

    def location(self, item):
        return reverse(f"papers:{item}")


SITEMAPS = {"papers": PaperSitemap}
