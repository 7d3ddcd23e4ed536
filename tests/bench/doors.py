"""`make bench-doors`: what the worst input of every public door costs, in bare views of the same run and in megabytes.

CPU time of this process, of Postgres for it, and of the process that decodes a picture.
"""

import io
import os
import resource
import time

from tests.bench.generated import fill

CLINICS = int(os.environ.get("SIZES", "20000").split()[0])


def of_pictures() -> list[tuple[str, object]]:
    """Pictures of 40 megapixels, as their sender sends them."""
    from PIL import Image

    found = []
    for format_name, mode in (("JPEG", "RGB"), ("PNG", "RGBA"), ("GIF", "P"), ("WEBP", "RGBA")):
        out = io.BytesIO()
        Image.new(mode, (8000, 5000)).save(out, format_name)
        found.append((f"photo: {format_name} of 40 megapixels", out.getvalue()))
    return found


def print_pictures(bare) -> None:
    from django.core.exceptions import ValidationError
    from django.core.files.uploadedfile import SimpleUploadedFile

    from core.images import prepare
    from tests import doors

    for name, data in of_pictures():
        doors.forget_high_water()
        before, memory = resource.getrusage(resource.RUSAGE_CHILDREN), doors.high_water_mb()
        start, said = time.process_time(), "written again"
        try:
            prepare(SimpleUploadedFile("photo", data))
        except ValidationError as error:
            said = error.messages[0]
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        child = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        here = time.process_time() - start
        print(
            f"| {name} | {said} | {here / bare.seconds:.0f} here, {child / bare.seconds:.0f} in its own process",
            end=" | ",
        )
        print(f"{doors.high_water_mb() - memory:.0f} here, at most {after.ru_maxrss / 1024:.0f} there |", flush=True)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ |= {"SECRET_KEY": "bench", "ALLOWED_HOSTS": "testserver"}
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection, transaction

    from core.rate_limits import LIMITS, Limit
    from tests import doors

    connection.settings_dict["TEST"]["NAME"] = "bench_doors"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, keepdb=True)
    call_command("load_zipcodes", verbosity=0)
    call_command("load_codebook", verbosity=0)
    fill(CLINICS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('clinics_clinic', 'id'), max(id)) FROM clinics_clinic")
    LIMITS.update(dict.fromkeys(LIMITS, Limit(10**6)))
    with transaction.atomic(), doors.bare_view() as bare:
        site = doors.opened_doors()
        print("| door | worst input found | bare views | MB |\n|---|---|---|---|", flush=True)
        for door in site.doors:
            cost = doors.cost_of(door, getattr(site, door.who), bare)
            print(f"| {door.name} | {cost.sent} | {cost.bare_views:.0f} | {cost.megabytes:.0f} |", flush=True)
        print_pictures(bare)
        print(f"\n{CLINICS:,} clinics; a bare view is {bare.seconds * 1000:.2f} ms")
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
