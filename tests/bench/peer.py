"""The same search as a careful GeoDjango project on PostGIS would do it. Run by tests/bench/pages.py.

A geography column with a GiST index, `dwithin` and an order by distance, one aggregate for all counts, cached
templates, persistent connections, jit off: three queries. Two pages: a small one with 20 counts, and one with the
filters and the facts that the site's page of results shows, but without its map, its opening hours and its header.
"""

import os

import environ
from django.conf import settings

from clinics.search.facets import GROUPS, STORED

# One boolean column for each facet that a clinic's services make.
GROUPS = [group for group in GROUPS if group.column in STORED]
COLUMNS = {value.key: f"{value.group}_{value.slug}".replace("-", "_") for group in GROUPS for value in group.values}
SMALL = list(COLUMNS.values())[:20]
SMALL_PAGE = """<!doctype html><html lang="en"><head><title>Results</title></head><body>
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
SAME_PAGE = """{% load i18n humanize %}<!doctype html><html lang="{{ language }}"><head><title>{% translate "Results" %}</title></head><body>
<h1>{% blocktranslate trimmed count count=total with label=place.city %}{{ count }} clinic within 25 miles of {{ label }}{% plural %}{{ count }} clinics within 25 miles of {{ label }}{% endblocktranslate %}</h1>
<ol>{% for clinic in clinics %}{% include "card" %}{% endfor %}</ol>
<form>{% for group in groups %}<details{% if forloop.counter <= 4 %} open{% endif %}><summary>{{ group.label }}</summary><fieldset><legend>{{ group.label }}</legend>
{% for value, count, is_ticked in group.counted %}<label><input type="checkbox" name="{{ value.group }}" value="{{ value.slug }}"{% if is_ticked %} checked{% endif %}> <span>{{ value.label }}</span> <span class="count">{{ count|intcomma }}</span></label>
{% endfor %}</fieldset></details>{% endfor %}</form></body></html>"""  # noqa: E501 - a page
CARD = """{% load i18n %}<li><article>
  <h2><span>{{ forloop.counter }}</span> <a href="{% url "clinic" clinic.pk %}?near={{ place.code|urlencode }}">{{ clinic.name }}</a></h2>
  {% if clinic.name_detail %}<p>{{ clinic.name_detail }}</p>{% endif %}
  <p><strong>{{ clinic.distance.mi|floatformat:1 }} {% translate "miles" %}</strong>{% if clinic.is_approximate %} <span>({% translate "approximate" %})</span>{% endif %} · {% if clinic.street %}{{ clinic.street }}, {% endif %}{{ clinic.city }}, {{ clinic.state }} {{ clinic.zip_code }}</p>
  {% if clinic.phone %}<a class="button call" href="tel:+1-{{ clinic.phone }}">{% translate "Call" %} <span>{{ clinic.phone }}</span></a>{% else %}<p class="muted">{% translate "Phone: not stated" %}</p>{% endif %}
  <dl>
    <div><dt>{% translate "New patients" %}</dt><dd>{% if clinic.accepting_new_patients %}<strong>{% translate "Takes new patients" %}</strong>{% elif clinic.accepting_new_patients is None %}{% translate "not stated - ask" %}{% else %}{% translate "Takes no new patients now" %}{% endif %}{% if clinic.days_to_first_visit %} · {% blocktranslate trimmed count days=clinic.days_to_first_visit %}first visit in {{ days }} day{% plural %}first visit in {{ days }} days{% endblocktranslate %}{% endif %}</dd></div>
    {% for group, labels in clinic.offers %}<div><dt>{{ group.label }}</dt><dd>{% if labels %}{% for label in labels %}{{ label }}{% if not forloop.last %} · {% endif %}{% endfor %}{% else %}<span class="muted">{% translate "not stated - ask" %}</span>{% endif %}</dd></div>{% endfor %}
  </dl>
  <label><input type="checkbox" form="sheet" name="id" value="{{ clinic.pk }}"> <span>{% translate "Add to call sheet" %}<span class="visually-hidden"> {{ clinic.name }}</span></span></label>
  <p>{% translate "Address and phone:" %} {{ clinic.source }} {{ clinic.edition }}{% if clinic.confirmed_on %}, {{ clinic.confirmed_on|date }}{% endif %}</p>
</article></li>"""  # noqa: E501 - a page

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    SECRET_KEY="peer",
    INSTALLED_APPS=["django.contrib.gis", "django.contrib.humanize"],
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
                        [
                            (
                                "django.template.loaders.locmem.Loader",
                                {"small": SMALL_PAGE, "same": SAME_PAGE, "card": CARD},
                            )
                        ],
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
    name_detail = models.CharField(max_length=200)
    is_approximate = models.BooleanField()
    accepting_new_patients = models.BooleanField(null=True)
    days_to_first_visit = models.IntegerField(null=True)
    source = models.CharField(max_length=20)
    edition = models.CharField(max_length=20)
    confirmed_on = models.DateField(null=True)
    for _name in COLUMNS.values():
        locals()[_name] = models.BooleanField()

    class Meta:
        app_label, db_table, managed = "peer", "peer_clinic", False

    @property
    def labels(self) -> list[str]:
        return [name for name in SMALL if getattr(self, name)]

    @property
    def offers(self) -> list[tuple]:
        groups = [group for group in GROUPS if group.slug in ("medication", "setting", "payment")]
        return [(group, [v.label for v in group.values if getattr(self, COLUMNS[v.key])]) for group in groups]


class Zip(models.Model):
    code = models.CharField(max_length=5, primary_key=True)
    city = models.CharField(max_length=60)
    state = models.CharField(max_length=2)
    latitude = models.FloatField()
    longitude = models.FloatField()

    class Meta:
        app_label, db_table, managed = "peer", "clinics_zipcode", False


def found(request, columns):
    """The place, the nearest 20 and how many clinics within 25 miles have each of `columns`."""
    place = get_object_or_404(Zip, code=request.GET["near"])
    origin = Point(place.longitude, place.latitude, srid=4326)
    near = PeerClinic.objects.filter(point__dwithin=(origin, D(mi=25)))
    counts = near.aggregate(total=Count("pk"), **{name: Count("pk", filter=Q(**{name: True})) for name in columns})
    clinics = near.annotate(distance=Distance("point", origin)).order_by("distance")
    return place, clinics, counts


def small(request):
    place, clinics, counts = found(request, SMALL)
    clinics = clinics.only("name", "street", "city", "state", "zip_code", "phone", *SMALL)[:20]
    context = {"place": place, "clinics": clinics, "total": counts.pop("total"), "counts": counts.items()}
    return render(request, "small", context)


def same(request):
    place, clinics, counts = found(request, COLUMNS.values())
    groups = [
        {
            "label": group.label,
            "counted": [(v, counts[COLUMNS[v.key]], False) for v in group.values if counts[COLUMNS[v.key]]],
        }
        for group in GROUPS
    ]
    context = {"place": place, "clinics": clinics[:20], "total": counts["total"], "groups": groups, "language": "en"}
    return render(request, "same", context)


urlpatterns = [path("", small), path("same/", same), path("clinics/<int:number>/", small, name="clinic")]
application = get_wsgi_application()
