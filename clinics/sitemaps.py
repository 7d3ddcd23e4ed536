from django.contrib.sitemaps import Sitemap
from django.db.models import Max
from django.urls import reverse

from clinics.models import Clinic
from clinics.presets import PRESETS


class SitemapInEveryLanguage(Sitemap):
    """Each address in each language, with the others as its alternates."""

    i18n = alternates = x_default = True


class PageSitemap(SitemapInEveryLanguage):
    def items(self):
        return ["home", "state_list", "accuracy", "privacy", "accessibility", "api"]

    def location(self, item):
        return reverse(f"clinics:{item}")


class PresetSitemap(SitemapInEveryLanguage):
    def items(self):
        return PRESETS

    def location(self, item):
        return reverse("clinics:preset", args=[item.slug])


class CitySitemap(SitemapInEveryLanguage):
    limit = 10000

    def items(self):
        return list(
            Clinic.objects.listed()
            .exclude(city_slug="")
            .order_by("state", "city_slug")
            .values("state", "city_slug")
            .annotate(updated_at=Max("updated_at"))
        )

    def location(self, item):
        return reverse("clinics:city_detail", args=[item["state"].lower(), item["city_slug"]])

    def lastmod(self, item):
        return item["updated_at"]


class ClinicSitemap(SitemapInEveryLanguage):
    limit = 10000

    def items(self):
        return Clinic.objects.listed().order_by("pk").only("pk", "name", "city", "updated_at")

    def lastmod(self, item):
        return item.updated_at


SITEMAPS = {"pages": PageSitemap, "presets": PresetSitemap, "cities": CitySitemap, "clinics": ClinicSitemap}
