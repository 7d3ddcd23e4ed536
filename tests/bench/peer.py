"""The same search as a careful GeoDjango project on PostGIS would do it. Run by tests/bench/pages.py.

A geography column with a GiST index, `dwithin` and an order by distance, one aggregate for all counts, cached
templates, persistent connections, jit off: three queries. It shows less than the site does: 20 counts, no map, no
second language.
"""

import os

import environ
from django.conf import settings

FACETS = [f"facet_{number}" for number in range(20)]
PAGE = """<!doctype html><html lang="en"><head><title>Results</title></head><body>
<h1>{{ total }} clinics within 25 miles of {{ place.city }}, {{ place.state }}</h1>
<form>{% for name, count in counts %}<label><input type="checkbox" name="facet" value="{{ name }}"> {{ name }}
<span>{{ count }}</span></label>{% endfor %}</form><ol>
{% for clinic in clinics %}<li><article>
  <h2><a href="/clinics/{{ clinic.pk }}/">{{ clinic.name }}</a></h2>
  <p>{{ clinic.distance.mi|floatformat:1 }} miles · {{ clinic.street }}, {{ clinic.city }}, {{ clinic.state }} {{ clinic.zip_code }}</p>
  {% if clinic.phone %}<a href="tel:{{ clinic.phone }}">{{ clinic.phone }}</a>{% else %}<p>Phone: not stated</p>{% endif %}
  <dl><dt>Offers</dt><dd>{% for label in clinic.labels %}{{ label }}{% if not forloop.last %} · {% endif %}{% endfor %}</dd></dl>
  <label><input type="checkbox" name="id" value="{{ clinic.pk }}"> Add to call sheet</label>
</article></li>{% endfor %}</ol></body></html>"""  # noqa: E501 - a page

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="peer",
    INSTALLED_APPS=["django.contrib.gis"],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    DATABASES={
        "default": environ.Env.db_url_config(os.environ["DATABASE_URL"])
        | {
            "ENGINE": "django.contrib.gis.db.backends.postgis",
            "CONN_MAX_AGE": 600,
        }
    },
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {
                "loaders": [
                    (
                        "django.template.loaders.cached.Loader",
                        [("django.template.loaders.locmem.Loader", {"page": PAGE})],
                    )
                ]
            },
        }
    ],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
)
settings.DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c jit=off"

import django  # noqa: E402

django.setup()

from django.contrib.gis.db import models  # noqa: E402
from django.contrib.gis.db.models.functions import Distance  # noqa: E402
from django.contrib.gis.geos import Point  # noqa: E402
from django.contrib.gis.measure import D  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db.models import Count, Q  # noqa: E402
from django.shortcuts import get_object_or_404, render  # noqa: E402
from django.urls import path  # noqa: E402


class PeerClinic(models.Model):
    name = models.CharField(max_length=200)
    street = models.CharField(max_length=200)
    city = models.CharField(max_length=80)
    state = models.CharField(max_length=2)
    zip_code = models.CharField(max_length=5)
    phone = models.CharField(max_length=24)
    point = models.PointField(geography=True)
    for _name in FACETS:
        locals()[_name] = models.BooleanField()

    class Meta:
        app_label, db_table, managed = "peer", "peer_clinic", False

    @property
    def labels(self) -> list[str]:
        return [name for name in FACETS if getattr(self, name)]


class Zip(models.Model):
    code = models.CharField(max_length=5, primary_key=True)
    city = models.CharField(max_length=60)
    state = models.CharField(max_length=2)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        app_label, db_table, managed = "peer", "clinics_zipcode", False


def results(request):
    place = get_object_or_404(Zip, code=request.GET["near"])
    origin = Point(place.longitude, place.latitude, srid=4326)
    near = PeerClinic.objects.filter(point__dwithin=(origin, D(mi=25)))
    counts = near.aggregate(total=Count("pk"), **{name: Count("pk", filter=Q(**{name: True})) for name in FACETS})
    clinics = near.annotate(distance=Distance("point", origin)).order_by("distance")[:20]
    context = {"place": place, "clinics": clinics, "total": counts.pop("total"), "counts": counts.items()}
    return render(request, "page", context)


urlpatterns = [path("", results)]
application = get_wsgi_application()
