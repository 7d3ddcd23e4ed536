import pytest
from django.utils.functional import lazystr

from clinics.models import Clinic, Confirmation
from core import prerendered
from tests.clinics.reading_rows import rows_of
from tests.factories import BALTIMORE, TOWSON, make_clinic

pytestmark = pytest.mark.django_db


def page(client, prefix="", **query) -> str:
    return client.get(f"{prefix}/clinics/", query).content.decode()


@pytest.mark.parametrize("prefix", ["", "/es"])
def test_a_changed_clinic_shows_at_once_in_every_language(client, prefix):
    clinic = make_clinic("Old Name", services=["medicaid"], phone="410-555-0100")
    voucher = Confirmation.objects.create(
        clinic=clinic, fact_group="contact", source="samhsa-directory", edition="2024"
    )
    before = page(client, prefix, near="21202")
    assert "Old Name" in before
    assert "410-555-0100" in before
    assert "2024" in before
    Clinic.objects.filter(pk=clinic.pk).update(
        name="New Name",
        phone="410-555-0142",
        patient_bits=0,
        accepting_new_patients=False,
        phone_reported_on="2026-11-01",
    )
    Confirmation.objects.filter(pk=voucher.pk).update(edition="2025")
    after = page(client, prefix, near="21202")
    [row] = rows_of(after)
    assert row.name == "New Name"
    for gone in ("Old Name", "410-555-0100", "Medicaid", "2024"):
        assert gone not in row.html
    assert "2025" in row.more
    assert row.is_quiet
    assert ("does not work" if not prefix else "no funciona") in row.facts


def test_every_text_of_a_row_is_escaped(client):
    evil = "<script>alert('x')</script>\""
    make_clinic(evil, name_detail=evil, street=evil, city=evil)
    text = page(client, near="21202")
    assert "<script>alert" not in text
    assert text.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&quot;") >= 5


def test_nothing_is_kept_by_clinic_or_place(client):
    """Pages of the same variant about other clinics at other places find everything that was kept, and add nothing."""
    make_clinic("First", at=BALTIMORE, street="1 First Street")
    make_clinic("Second", at=TOWSON, street="2 Second Street", phone="410-555-0199")
    for near in ("21202", "21204", "21252"):
        page(client, near=near, radius="5")
    kept = prerendered._kept.cache_info().currsize
    for near in ("21286", "21285", "Towson, MD"):
        assert "Second" in page(client, near=near, radius="5")
    assert prerendered._kept.cache_info().currsize == kept


def test_a_template_that_changes_a_placeholder_is_refused(settings, tmp_path):
    (tmp_path / "changed.html").write_text("<b>{{ name|slice:':1' }}</b>")
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}]
    with pytest.raises(ValueError, match="changes a placeholder"):
        prerendered.PrerenderedPartial("changed.html", "name").fill({"name": "x"}, "en")


def test_the_parts_of_a_page_that_are_kept_follow_the_settings(client, settings):
    for name in ("One Site", "Another Site"):
        settings.SITE_NAME, settings.CONTACT_EMAIL = name, f"{name.split()[0].lower()}@example.org"
        text = page(client, near="21202")
        assert f"</svg>{name}</a>" in text
        assert f"mailto:{settings.CONTACT_EMAIL}" in text
    assert "Ayuda" in page(client, "/es", near="21202")


def test_braces_of_a_template_and_of_a_value_stay_what_they_are(settings, tmp_path):
    (tmp_path / "braces.html").write_text("<i>{x}</i> {{ name }}")
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}]
    text = prerendered.PrerenderedPartial("braces.html", "name").fill({"name": "{y} & {{z}}"}, "en")
    assert text == "<i>{x}</i> {y} &amp; {{z}}"


def test_a_text_that_is_translated_later_is_escaped_too(settings, tmp_path):
    (tmp_path / "lazy.html").write_text("<i>{{ name }}</i>")
    settings.TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [tmp_path]}]
    text = prerendered.PrerenderedPartial("lazy.html", "name").fill({"name": lazystr("<b>")}, "en")
    assert text == "<i>&lt;b&gt;</i>"
