"""A number in a sentence follows its constant."""

from datetime import timedelta

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "constant", "value", "sentence"),
    [
        ("/accuracy/", "clinics.views.accuracy.ATTEMPTS", 7, "up to 7 times on different days"),
        ("/accuracy/", "clinics.views.accuracy.ATTEMPTS", 7, "that nobody answers 7 times counts"),
        ("/accuracy/", "clinics.views.accuracy.ATTEMPTS", 7, "answered within 7 calls on different days"),
        ("/accuracy/", "clinics.views.accuracy.REPORTERS_TO_WARN", 7, "7 readers who report a dead number"),
        ("/es/accuracy/", "clinics.views.accuracy.REPORTERS_TO_WARN", 7, "Cuando 7 lectores avisan"),
        ("/privacy/", "clinics.views.pages.REPORT_DAYS", 77, "on the same clinic within 77 days"),
        ("/privacy/", "clinics.views.pages.REPORT_DAYS", 77, "removed after 77 days"),
        ("/privacy/", "core.models.DailySalt.KEPT_DAYS", 7, "the random number within 7 days of it"),
        ("/accessibility/", "clinics.views.pages.PAGE_SIZE", 77, "A list of results has 77 places"),
        ("/api/", "clinics.views.pages.ENOUGH_CLINICS", 77, "the smallest that holds 77 clinics"),
        ("/api/", "clinics.views.pages.PAGE_SIZE", 77, "a page has the clinics of 77 places in JSON"),
        ("/api/", "clinics.views.pages.EXPORT_PAGE_SIZE", 7_700, "7,700 in GeoJSON and CSV"),
        ("/list-your-practice/plans/", "listings.billing.orders.SPONSORED_SIZE", 7, "At most 7 paid listings"),
        ("/list-your-practice/plans/", "listings.billing.orders.NOTICE", timedelta(77), "until 77 days after we told"),
        ("/list-your-practice/plans/", "listings.billing.orders.GRACE", timedelta(77), "as it is for 77 days, and we"),
        (
            "/list-your-practice/plans/",
            "listings.billing.orders.REMINDER_DAYS",
            (0, 7, 9),
            "and after 7 and 9 days",
        ),
    ],
)
def test_the_sentence_of_a_page_follows_the_constant(client, monkeypatch, path, constant, value, sentence):
    monkeypatch.setattr(constant, value)
    assert sentence in " ".join(client.get(path).content.decode().split())
