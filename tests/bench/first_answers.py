"""`make first-answers DATA=FILE`: what 300 fixed ZIP codes are answered with first, on a real directory.

Of each search the JSON and the page are read. What is true of a clinic is looked up in the services that its lists
state, in words of their own, not in the bits that the search goes by. Without DATA the demo directory is asked.
ZIPS=30 asks fewer. Compares with nothing: run it before and after a change.
"""

import os
import random
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from clinics.models import Clinic, Service, ZipCode  # noqa: E402

ZIP_COUNT, SEED = 300, 1
DATABASE = "bench_first_answers"
TOP = 5
# A clinic gives medicine for opioid use disorder if a list states one of these of it, and not that it treats no OUD.
MEDICINES = re.compile(r"(methadone|buprenorphine|naltrexone)(-.*)?|prescribes-(buprenorphine|naltrexone)")
# ... or is certified to give it, or gives one of them without saying which.
SOME_MEDICINE = frozenset(
    [
        *("opioid-treatment-program", "outpatient-medication-treatment"),
        *("prescribes-buprenorphine-or-naltrexone", "maintenance-then-supervised-withdrawal"),
    ]
)
DENIAL = "does-not-treat-opioid-use-disorder"

ROW_LINKS = re.compile(r"""<a\b[^>]*?\shref=["'](?:/clinics/(?P<pk>\d+)/[^"']*|tel:(?P<phone>[^"']*))["']""")
FIRST_DISTANCE = re.compile(r'<p class="row-place">([^<]*),[^,<]*</p>')  # before the city


def prepare(data: str) -> None:
    """A database of the benchmark's own, filled once and kept."""
    connection.settings_dict["TEST"]["NAME"] = DATABASE
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=True)
    call_command("load_zipcodes", verbosity=0)
    call_command("load_codebook", verbosity=0)
    if data:
        call_command("import_clinics", data, verbosity=0)
    elif not Clinic.objects.exists():
        call_command("load_demo")
    call_command("collectstatic", verbosity=0, interactive=False)  # pages name their files by what is in them
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def fixed_zips(count: int) -> list[str]:
    """The same ones each time, each as likely: those with streets and a point."""
    codes = ZipCode.objects.filter(kind=ZipCode.Kind.STANDARD, is_active=True, latitude__isnull=False)
    return random.Random(SEED).sample(sorted(codes.values_list("code", flat=True)), count)


class Truth:
    """What the lists state of each clinic."""

    def __init__(self) -> None:
        slugs = dict(Service.objects.values_list("pk", "slug"))
        self.gives_medicine: set[int] = set()
        self.known_to_zip = set(Clinic.objects.filter(point_quality="zip").values_list("pk", flat=True))
        self.intake_phones: dict[int, list[str]] = {}
        columns = ("pk", "service_ids", "denied_service_ids", "intake_phones")
        for pk, service_ids, denied_ids, phones in Clinic.objects.values_list(*columns):
            stated = {slugs[service] for service in (*service_ids, *denied_ids)}
            if DENIAL not in stated and any(MEDICINES.fullmatch(slug) or slug in SOME_MEDICINE for slug in stated):
                self.gives_medicine.add(pk)
            if phones:
                self.intake_phones[pk] = [digits(phone) for phone in phones]


@dataclass
class Answer:
    """One search: what its JSON and its page show."""

    answer: dict = field(repr=False)
    page: str = field(repr=False)

    @cached_property
    def clinics(self) -> list[int]:
        """Those of the JSON in their order, the nearest others last."""
        return [clinic["id"] for clinic in [*self.answer["results"], *self.answer["beyond"]]]

    @property
    def first_distance(self) -> str:
        found = FIRST_DISTANCE.search(self.page)
        return unescape(found[1]).strip() if found else ""

    def shown_phones(self) -> Iterator[tuple[int, str]]:
        """Each clinic of the page with the first number that can be called beside it."""
        pk = None
        for link in ROW_LINKS.finditer(self.page):
            if link["pk"]:
                pk = int(link["pk"])
            elif pk is not None:
                yield pk, digits(link["phone"])
                pk = None

    def json_phones(self) -> Iterator[tuple[int, str]]:
        for clinic in [*self.answer["results"], *self.answer["beyond"]]:
            if phone := clinic.get("phone_for_new_patients", clinic["phone"]):
                yield clinic["id"], digits(phone)


def digits(phone: str) -> str:
    """The ten digits of a number, without an extension and the country."""
    return "".join(re.findall(r"[0-9]", phone.removeprefix("+1").removeprefix("1-")))[:10]


def ask(zips: list[str], **parameters: str) -> list[Answer]:
    answers = []
    for number, code in enumerate(zips):
        client = Client(headers={"host": "127.0.0.1"}, REMOTE_ADDR=f"10.0.{number // 250}.{number % 250 + 1}")
        asked = {"near": code} | parameters
        found = client.get("/clinics/", asked | {"format": "json"})
        page = client.get("/clinics/", asked)
        if (found.status_code, page.status_code) != (200, 200):
            sys.exit(f"{code}: {found.status_code}, {page.status_code}")
        answers.append(Answer(found.json(), page.content.decode().partition("<main")[2].partition("</main>")[0]))
    return answers


def share(count: int, total: int) -> str:
    return f"{count / total:.1%} ({count:,} of {total:,})" if total else "none"


def report(answers: list[Answer], truth: Truth) -> None:
    firsts = [answer.clinics[0] for answer in answers if answer.clinics]
    tops = [pk for answer in answers for pk in answer.clinics[:TOP]]
    right, shown = intake_lines((pair for answer in answers for pair in answer.shown_phones()), truth)
    right_json, stated = intake_lines((pair for answer in answers for pair in answer.json_phones()), truth)
    zero = sum(answer.first_distance.startswith("0.0 miles") for answer in answers)
    rough = [answer.first_distance for answer in answers if answer.clinics and answer.clinics[0] in truth.known_to_zip]
    decimals = sum(bool(re.search(r"\d\.\d", distance)) for distance in rough)
    lines = {
        "first answers that state a medicine": share(sum(pk in truth.gives_medicine for pk in firsts), len(answers)),
        f"of the first {TOP}": share(sum(pk in truth.gives_medicine for pk in tops), len(tops)),
        "first distances written 0.0 miles": share(zero, len(answers)),
        "first distances with a decimal, of clinics known to their ZIP only": share(decimals, len(rough)),
        "numbers on the page that are the intake line, where one exists": share(right, shown),
        "the same in JSON": share(right_json, stated),
    }
    for label, value in lines.items():
        print(f"  {label}: {value}")


def intake_lines(shown: Iterable[tuple[int, str]], truth: Truth) -> tuple[int, int]:
    """How many shown numbers are an intake line, of those of clinics that have one."""
    are_intake = [phone in truth.intake_phones[pk] for pk, phone in shown if pk in truth.intake_phones]
    return sum(are_intake), len(are_intake)


def main() -> None:
    prepare(os.environ.get("DATA", ""))
    zips, truth = fixed_zips(int(os.environ.get("ZIPS", "0")) or ZIP_COUNT), Truth()
    print(
        f"{len(zips)} ZIP codes, {Clinic.objects.listed().count():,} clinics, "
        f"{len(truth.gives_medicine):,} of them state a medicine"
    )
    for label, parameters in (("near=ZIP", {}), ("near=ZIP&treats=opioids", {"treats": "opioids"})):
        print(label)
        report(ask(zips, **parameters), truth)


if __name__ == "__main__":
    main()
