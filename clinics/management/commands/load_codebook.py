import csv
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import models, transaction

from clinics.management.tables import update_table
from clinics.models import Clinic, Service, ServiceCategory, ServiceCode
from clinics.search import facets

DATA = Path(__file__).resolve().parents[2] / "data"
CLINICS_A_BATCH = 1000
WRITTEN = ("service_ids", "denied_service_ids", *facets.MASKS)


class Command(BaseCommand):
    help = "Loads the code book of services and sets every clinic's facets by it. Safe to run again."

    def add_arguments(self, parser):
        parser.add_argument("--folder", type=Path, default=DATA, help="where the three CSV files lie")

    def handle(self, *, folder, verbosity, **options):
        with transaction.atomic():
            changes = load_files(folder)
        clinic_count = update_facets()
        if verbosity:
            changed = "; ".join(f"{name}: {change}" for name, change in changes.items())
            self.stdout.write(f"Code book: {changed}; facets of clinics: {clinic_count or 'none'} changed.")


def load_files(folder: Path) -> dict:
    """The changes by table. Raises CommandError with file and line."""
    categories = read(folder / "service_categories.csv", ServiceCategory, ["code", "name"], key=["code"])
    category_changes = update_table(ServiceCategory, categories, key=["code"])
    category_of = ("category", ServiceCategory.objects.in_bulk(field_name="code"))

    columns = ["slug", "group", "category", "name", "explanation", "facet", "implies", "denies"]
    services = read(folder / "services.csv", Service, columns, key=["slug"], named={"category": category_of})
    service_changes = update_table(Service, services, key=["slug"])
    service_of = ("service", Service.objects.in_bulk(field_name="slug"))

    columns, key = ["edition", "code", "category", "source_name", "slug"], ["edition", "code"]
    named = {"category": category_of, "slug": service_of}
    codes = read(folder / "service_codes.csv", ServiceCode, columns, key=key, named=named)
    code_changes = update_table(ServiceCode, codes, key=key)
    return {"categories": category_changes, "services": service_changes, "codes": code_changes}


def read(path: Path, model: type[models.Model], columns: list[str], *, key: list[str], named=None) -> list:
    """The unsaved objects of a CSV file, checked; `named`: {column: (field, {text: the object it names})}.

    Raises CommandError, with the line, for what is unknown, malformed or repeated.
    """
    named, objects = named or {}, {}
    for line, row in rows(path, columns):
        for column, (field, known) in named.items():
            text = row.pop(column)
            if text not in known:
                raise CommandError(f"{path.name} line {line}: there is no {field} “{text}”.")
            row[field] = known[text]
        item = model(**row)
        try:
            item.clean_fields(exclude=[field for field, _known in named.values()])
        except ValidationError as error:
            reasons = " ".join(f"{field}: {' '.join(texts)}" for field, texts in error.message_dict.items())
            raise CommandError(f"{path.name} line {line}: {reasons}") from error
        identity = tuple(row[column] for column in key)
        if identity in objects:
            raise CommandError(f"{path.name} line {line}: {' '.join(identity)} is there twice.")
        objects[identity] = item
    return list(objects.values())


def rows(path: Path, columns: list[str]):
    """(line number, {column: text}) for each row of a CSV file. Raises CommandError if it cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            if missing := set(columns).difference(reader.fieldnames or []):
                raise CommandError(f"{path.name} lacks the column {', '.join(sorted(missing))}.")
            for row in reader:
                yield reader.line_num, {column: row[column] or "" for column in columns}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CommandError(f"{path} cannot be read: {error}") from error


def update_facets() -> int:
    """Set the facet masks that the code book or facets.py changed; returns the number of changed clinics."""
    services = Service.objects.in_bulk()
    clinics = Clinic.objects.only(*WRITTEN).order_by("pk")
    stale = [clinic.pk for clinic in clinics.iterator(CLINICS_A_BATCH) if set_facets(clinic, services)]
    for start in range(0, len(stale), CLINICS_A_BATCH):
        with transaction.atomic():
            batch = list(clinics.select_for_update().filter(pk__in=stale[start : start + CLINICS_A_BATCH]))
            for clinic in batch:
                set_facets(clinic, services)
            Clinic.objects.bulk_update(batch, WRITTEN)
    return len(stale)


def set_facets(clinic: Clinic, services: dict[int, Service]) -> bool:
    """Whether what `clinic` offers, denies or is found by had to change."""
    before = [getattr(clinic, column) for column in WRITTEN]
    clinic.set_services([services[pk] for pk in clinic.all_service_ids if pk in services])
    return before != [getattr(clinic, column) for column in WRITTEN]
