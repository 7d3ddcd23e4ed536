"""How accurate the directory is: the measured months, and how long reports wait."""

from decimal import Decimal

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from clinics.models.calls import ATTEMPTS
from clinics.models.reports import REPORTERS_TO_WARN
from clinics.open_data.files import FILES
from clinics.verification.accuracy_sample import MEASURES, SAMPLE_SIZE, measured_months
from clinics.verification.accuracy_trend import trend_of
from clinics.verification.freshness import reconfirm_after_days, unknown_after_days
from clinics.verification.reports import MEDIAN_OF_DAYS, time_to_close
from core.csv import write_csv

ACCURACY_COLUMNS = ["month", "measure", "n", "count", "share", "low_95", "high_95", "seed"]


def definitions() -> list[tuple[str, str, str]]:
    """(measure, its name, its definition), as the score uses them."""
    return [
        ("exact", _("Exact"), _("name, address and phone are all as shown; somebody at the clinic said so")),
        ("functional", _("Functional"), _("the number shown leads to this clinic, and the clinic is open")),
        (
            "reachable",
            _("Reachable"),
            _("a person there answered within %(calls)s calls on different days") % {"calls": ATTEMPTS},
        ),
        ("accepting", _("Accepting"), _("that person said that new patients are taken now")),
    ]


def accuracy(request):
    months = measured_months()
    latest = months[-1] if months else None
    context = {
        "months": list(reversed(months)),
        "latest": latest,
        "figures": [(name, meaning, latest.shares[slug]) for slug, name, meaning in definitions()] if latest else [],
        "definitions": definitions(),
        "trend": trend_of(months, "functional"),
        "sample_size": SAMPLE_SIZE,
        "attempts": ATTEMPTS,
        "reporters": REPORTERS_TO_WARN,
        "closing": time_to_close(),
        "closing_days": MEDIAN_OF_DAYS,
        "reconfirm_days": reconfirm_after_days(),
        "unknown_days": unknown_after_days(),
    }
    return render(request, "pages/accuracy.html", context)


def accuracy_csv(request):
    """One row for each month and measure; shares are fractions of 1."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="accuracy.csv"'
    rows = [
        {
            "month": f"{month.month:%Y-%m}",
            "measure": measure,
            "n": month.n,
            "count": share.count,
            "share": _rounded(share.value),
            "low_95": _rounded(share.low),
            "high_95": _rounded(share.high),
            "seed": month.seed,
        }
        for month in measured_months()
        for measure, share in ((measure, month.shares[measure]) for measure in MEASURES)
    ]
    write_csv(response, ACCURACY_COLUMNS, rows)
    return response


def _rounded(share: float) -> Decimal:
    return Decimal(f"{share:.4f}")


def open_data_file(request, name):
    """A file of the nightly export. None holds text that a reader sent."""
    path = settings.OPEN_DATA_DIR / name
    if name not in FILES or not path.is_file():
        raise Http404
    response = FileResponse(path.open("rb"), content_type=FILES[name])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
