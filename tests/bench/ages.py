"""How many facilities of each list state ages that contradict what else they state: clinics/imports/plausibility.py.

    make bench-ages         SHOW=1 prints each of them

Needs no database: it reads the code book's files and the lists in ../shared/data.
"""

import csv
import os
from collections import Counter, defaultdict
from pathlib import Path

import django

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = (
    "samhsa/national_directory_2024_facilities.csv.gz",
    "samhsa/National_Directory_MH_Facilities_2022.xlsx",
    "samhsa/methadone_directory_2017.csv",
    "samhsa/findtreatment_api_sample_2019-05-23.json",
    "samhsa/findtreatment_api_sample_2019-05-30.json",
    "samhsa/findtreatment_residential_ca_2025.csv.gz",
)


def code_book() -> dict[str, dict]:
    """{edition: {code: service}} as load_codebook reads it."""
    from clinics.management.commands.load_codebook import DATA as BOOK
    from clinics.models import Service

    with (BOOK / "services.csv").open(encoding="utf-8", newline="") as file:
        services = {
            row["slug"]: Service(**{name: row[name] for name in ("slug", "facet", "implies", "denies")})
            for row in csv.DictReader(file)
        }
    editions: dict[str, dict] = defaultdict(dict)
    with (BOOK / "service_codes.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            editions[row["edition"]][row["code"]] = services[row["slug"]]
    return editions


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from clinics.imports.plausibility import CHILDREN_ONLY, contradicts_children_only
    from clinics.imports.readers import open_directory
    from clinics.imports.rows import FacilityRow
    from clinics.imports.staging import FINDTREATMENT_CODEBOOK, stated_codes, stored_row

    book = code_book()
    print(f"{'list':<48}{'half':<16}{'rows':>7}{'children only':>15}{'to check':>10}  because of")
    for path in FILES:
        directory = open_directory(DATA / path)
        rows, only, odd, reasons = Counter(), Counter(), Counter(), defaultdict(Counter)
        for row in directory:
            if not isinstance(row, FacilityRow):
                continue
            half = ", ".join(sorted(row.treats)) or "not stated"
            books = directory.codebook or {}
            edition = FINDTREATMENT_CODEBOOK if row.meanings is not None else books.get(half, "")
            services = [
                book[edition][code] for code in stated_codes(stored_row(row, edition)) if code in book[edition]
            ]
            contradiction = contradicts_children_only(services)
            stated = {key for service in services for key in service.stated if key.startswith("age/")}
            rows[half] += 1
            only[half] += stated == CHILDREN_ONLY
            odd[half] += bool(contradiction)
            reasons[half].update(contradiction)
            if contradiction and os.environ.get("SHOW"):
                print("   ", row.name, row.name_detail, "|", *sorted(contradiction))
        for half in rows:
            because = ", ".join(f"{key} {count}" for key, count in reasons[half].most_common())
            print(f"{Path(path).name:<48}{half:<16}{rows[half]:>7,}{only[half]:>15,}{odd[half]:>10,}  {because}")


if __name__ == "__main__":
    main()
