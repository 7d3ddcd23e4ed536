"""Names as the sources print them and as readers see them: how many are cut off, abbreviated, shouted or lack an
apostrophe, before and after.

    make bench-names        SHOW=20 prints that many changes of each list as well, drawn with SEED (1)

Needs no database: it reads the lists in ../shared/data.
"""

import os
import random
import re
from collections.abc import Iterable
from pathlib import Path

import django

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = {
    "directory 2024": "samhsa/national_directory_2024_facilities.csv.gz",
    "mental health 2022": "samhsa/National_Directory_MH_Facilities_2022.xlsx",
    "locator 2020": "samhsa/locator_substance_use_2020.csv",
    "locator 2020, mental health": "samhsa/locator_mental_health_2020.csv.gz",
    "methadone 2017": "samhsa/methadone_directory_2017.csv",
    "OTP 2020-07-04": "otp/TreatmentProgram_20200704.csv",
    "CMS 2023": "otp/OPIOID_TREATMENT_PROGRAM_PROVIDERS_08282023.csv",
}
Name = tuple[str, str]  # the name, and the program or site


def faults(name: Name) -> set[str]:
    """What is wrong with a name for a reader. By the words alone: what the rules leave unsure is counted as well."""
    from clinics.imports import names

    known = names.rules()
    tokens = {token for cell in name for token in names.TOKEN.findall(cell)}
    found = set()
    if names.is_unfinished(name[0]):
        found.add("cut off")
    if any(map(names.is_shouted, name)):
        found.add("shouted")
    if tokens & known[names.Kind.ABBREVIATION].keys():
        found.add("abbreviated")
    apostrophes = known[names.Kind.APOSTROPHE].items()
    always = "|".join(word for word, rules in apostrophes if not rules[0].previous.phrases)
    of_saints = "|".join(word for word, rules in apostrophes if rules[0].previous.phrases)
    missing = re.compile(rf"\b(?:{always})\b|\b(?:Saint|St\.?|Prince|Queen) (?:{of_saints})\b")
    if any(map(missing.search, name)):
        found.add("no apostrophe")
    return found


def counts(names: Iterable[Name]) -> dict[str, int]:
    found = dict.fromkeys(("cut off", "abbreviated", "shouted", "no apostrophe"), 0)
    for name in names:
        for fault in faults(name):
            found[fault] += 1
    return found


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from clinics.imports.names import display_name
    from clinics.imports.readers import open_directory
    from clinics.imports.rows import FacilityRow

    shown = int(os.environ.get("SHOW", "0"))
    draw = random.Random(int(os.environ.get("SEED", "1")))
    print(f"{'':<28}{'rows':>7}" + "".join(f"{fault:>20}" for fault in counts([])) + f"{'changed':>9}")
    for label, path in FILES.items():
        rows = [row for row in open_directory(DATA / path) if isinstance(row, FacilityRow)]
        before = [(row.name, row.name_detail) for row in rows]
        after = [display_name(row.name, row.name_detail, row.city) for row in rows]
        was, now = counts(before), counts(after)
        changed = sorted({pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]})
        cells = "".join(f"{f'{was[fault]:,} -> {now[fault]:,}':>20}" for fault in was)
        total = sum(old != new for old, new in zip(before, after, strict=True))
        print(f"{label:<28}{len(rows):>7,}{cells}{total:>9,}")
        for old, new in draw.sample(changed, min(shown, len(changed))):
            print(f"    {' | '.join(old)}\n      = {' | '.join(new)}")


if __name__ == "__main__":
    main()
