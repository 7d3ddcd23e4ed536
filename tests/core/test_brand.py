"""What a site's owner changes without touching code: name, address, colours, helplines; plans are rows."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from core import brand

pytestmark = pytest.mark.django_db


def test_the_colour_is_a_style_sheet_that_browsers_keep_for_ever(client, settings):
    settings.BRAND_COLOR, settings.BRAND_COLOR_DARK = "#7a1f5c", "#f0a8d4"
    address = reverse("brand", args=[brand.version(brand.site_style_sheet())])
    page = client.get("/").content.decode()
    assert f'<link rel="stylesheet" href="{address}">' in page
    assert page.index("components.css") < page.index(address)
    sheet = client.get(address)
    assert sheet["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet["Cache-Control"]
    assert "--accent: #7a1f5c" in sheet.content.decode()
    assert "Set-Cookie" not in sheet
    assert client.get("/brand-000000000000.css").status_code == 404
    assert "style=" not in page


def test_without_a_colour_there_is_no_sheet(client, settings):
    settings.BRAND_COLOR = settings.BRAND_COLOR_DARK = ""
    assert "brand-" not in client.get("/").content.decode()
    assert client.get("/brand-e3b0c44298fc.css").status_code == 404


@pytest.mark.parametrize(
    ("light", "dark", "sentence"),
    [
        ("teal", "", "is no colour"),
        ("#0a635", "", "is no colour"),
        ("#000;} body{display:none", "", "is no colour"),
        ("#9fd8c9", "", "Take a darker one"),
        ("", "#0a6355", "Take a lighter one"),
    ],
)
def test_an_unreadable_colour_is_refused_with_a_sentence(light, dark, sentence):
    with pytest.raises(ImproperlyConfigured, match=sentence):
        brand.style_sheet(light, dark)


def test_contrast_is_that_of_wcag():
    assert brand.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert brand.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_backgrounds_are_those_of_the_style_sheet(settings):
    sheet = (settings.BASE_DIR / "static" / "css" / "base.css").read_text()
    for colour in (*brand.LIGHT_GROUNDS, *brand.DARK_GROUNDS, brand.LIGHT_ON, brand.DARK_ON):
        assert colour in sheet, colour


def test_the_owners_helplines_are_on_every_page_and_never_instead_of_the_national_ones(client, settings):
    settings.HELPLINES = ["Ohio CareLine: 1-800-555-0116"]
    for path in ("/", "/clinics/?near=21202", "/no/such/", "/es/"):
        page = client.get(path).content.decode()
        assert 'Ohio CareLine <a href="tel:+18005550116">1-800-555-0116</a>' in page, path
        for number in ("911", "988", "1-800-662-4357"):
            assert number in page, path


@pytest.mark.parametrize(
    "stated",
    [["Ohio CareLine"], ["Ohio CareLine: soon"], [": 1-800-555-0116"], ["Short: 12"], ["A: 1-800-555-0116"] * 3],
)
def test_a_helpline_without_a_number_is_refused(stated):
    with pytest.raises(ImproperlyConfigured, match="HELPLINES"):
        brand.helplines(tuple(stated))


def test_the_name_and_the_address_are_on_the_page(client, settings):
    settings.SITE_NAME, settings.CONTACT_EMAIL = "Harbor Lights", "help@harbor.example"
    page = client.get("/").content.decode()
    assert "Harbor Lights" in page
    assert "mailto:help@harbor.example" in page
    assert "Waypost" not in page
