"""Derive every clinic again from its records, after a release that derives otherwise than the one before.

The records are what the sources state, so nothing is read again from a file. What people confirmed stays, as in an
import. Done again it changes nothing.
"""

from django.db import connection, transaction
from django.db.models import Max

from clinics.imports.apply import apply_to_affected
from clinics.imports.normalization import place_key
from clinics.imports.protected import attribute_differences
from clinics.imports.run import only_one_import
from clinics.locations.placing import place_clinics
from clinics.models import Clinic, ImportRun, SourceRecord

BATCH = 1000

ALL_AFFECTED = """
    DROP TABLE IF EXISTS affected;
    CREATE TEMPORARY TABLE affected AS SELECT DISTINCT clinic_id FROM clinics_sourcerecord
"""


def rederive() -> int:
    """Write the clinics whose fields follow otherwise from their records; returns how many they were.

    One transaction; readers see the directory before or after it. Raises ImportBusy while an import runs.
    """
    with only_one_import(), transaction.atomic(), connection.cursor() as cursor:
        last = SourceRecord.objects.aggregate(run=Max("run"))["run"]
        if last is None:
            return index_places() + place_clinics()
        run = ImportRun.objects.get(pk=last)
        cursor.execute("SET LOCAL cursor_tuple_fraction = 1")
        cursor.execute("LOCK TABLE clinics_clinic IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(ALL_AFFECTED)
        changed = apply_to_affected(cursor, run)
        attribute_differences(cursor, run)
        return changed + index_places() + place_clinics()


def index_places() -> int:
    """Write the place of each clinic that follows otherwise from its name and address; returns how many they were."""
    changed = []
    for clinic in Clinic.objects.only("name", "street", "zip_code", "place_key").order_by("pk"):
        key = place_key(clinic.name, clinic.street, clinic.zip_code)
        if key != clinic.place_key:
            clinic.place_key = key
            changed.append(clinic)
    return Clinic.objects.bulk_update(changed, ["place_key"], batch_size=BATCH)
