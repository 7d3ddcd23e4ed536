import csv
import shutil
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from clinics.management.commands.load_codebook import DATA
from clinics.models import Clinic, Service, ServiceCategory, ServiceCode
from clinics.search import facets
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path):
    for name in ("service_categories.csv", "services.csv", "service_codes.csv"):
        shutil.copy(DATA / name, tmp_path / name)
    return tmp_path


def load(folder=DATA) -> str:
    output = StringIO()
    call_command("load_codebook", folder=folder, stdout=output)
    return output.getvalue()


def change(path, edit):
    """Rewrite a CSV file after `edit` has changed its list of rows."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = list(rows[0])
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def test_the_code_book_knows_the_codes_of_2022_and_2024():
    for edition in ("samhsa-su-2022", "samhsa-su-2024"):
        code = ServiceCode.objects.get(edition=edition, code="BWN")
        assert code.service.slug == "buprenorphine-with-naloxone"
        assert code.service.facet == "medication/buprenorphine"


def test_every_facet_except_the_derived_one_has_a_service():
    of_services = {key for key, _label in facets.facet_choices()}
    assert of_services - set(Service.objects.values_list("facet", flat=True)) == {"kind/office-based"}


def test_every_category_has_a_name_and_is_used():
    used = set(ServiceCode.objects.values_list("category__code", flat=True))
    assert used | set(Service.objects.values_list("category__code", flat=True)) == set(
        ServiceCategory.objects.values_list("code", flat=True)
    )


def test_loading_again_changes_nothing():
    expected = "categories: nothing changed; services: nothing changed; codes: nothing changed"
    assert load() == f"Code book: {expected}; facets of clinics: none changed.\n"


def test_a_change_in_the_file_is_loaded_and_counted(folder):
    change(folder / "services.csv", lambda rows: rows[0].update(name="Another name"))
    assert "services: 1 updated" in load(folder)
    assert Service.objects.filter(name="Another name").exists()


def test_a_changed_facet_reaches_the_clinics_that_have_the_service(folder):
    clinic = make_clinic("Towson", services=["medicaid", "cash"], gives_medicine=False)
    untouched = make_clinic("Baltimore", services=["cash"], gives_medicine=False)

    def withdraw(rows):
        next(row for row in rows if row["slug"] == "medicaid")["facet"] = ""

    change(folder / "services.csv", withdraw)
    assert "facets of clinics: 1 changed" in load(folder)
    clinic.refresh_from_db()
    assert clinic.facet_slugs["payment"] == ["cash"]
    assert len(clinic.service_ids) == 2
    assert Clinic.objects.get(pk=untouched.pk).facet_slugs["payment"] == ["cash"]


@pytest.mark.parametrize(
    ("name", "edit", "sentence"),
    [
        (
            "services.csv",
            lambda rows: rows[0].update(facet="payment/gold"),
            r"line 2: facet: .*payment/gold",
        ),
        ("services.csv", lambda rows: rows[1].update(group="misc"), r"line 3: group: .*misc"),
        (
            "services.csv",
            lambda rows: rows[0].update(category="XX"),
            r"line 2: there is no category “XX”",
        ),
        ("services.csv", lambda rows: rows[0].update(name=""), r"line 2: name: "),
        ("services.csv", lambda rows: rows.insert(1, rows[0]), r"line 3: .* is there twice"),
        (
            "service_codes.csv",
            lambda rows: rows[0].update(slug="x"),
            r"line 2: there is no service “x”",
        ),
        ("service_codes.csv", lambda rows: rows.insert(1, rows[0]), r"line 3: .* is there twice"),
    ],
)
def test_a_mistake_is_refused_in_one_sentence_with_its_line(folder, name, edit, sentence):
    change(folder / name, edit)
    before = list(Service.objects.order_by("pk").values())
    with pytest.raises(CommandError, match=sentence) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{name} line ")
    assert "\n" not in str(caught.value)
    assert list(Service.objects.order_by("pk").values()) == before


def test_a_missing_file_or_column_is_refused(folder):
    (folder / "services.csv").write_text("slug,name\n", encoding="utf-8")
    with pytest.raises(CommandError, match="lacks the column category, denies, explanation, facet, group, implies"):
        load(folder)
    (folder / "services.csv").unlink()
    with pytest.raises(CommandError, match="cannot be read"):
        load(folder)
