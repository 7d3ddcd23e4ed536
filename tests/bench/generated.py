"""As many invented clinics as asked for, the same each time: spread over the real ZIP codes, made by the database."""

from django.db import connection

from clinics.search import facets, statements

SEED = 0.20261123

CLINICS = f"""
    INSERT INTO clinics_clinic (id, name, name_detail, street, street_detail, city, city_slug, state, zip_code, zip4,
        county, phone, intake_phones, website, latitude, longitude, point_quality, service_ids, other_services,
        treatment_bits, patient_bits, is_listed, is_demo, created_at, updated_at, accepting_new_patients,
        days_to_first_visit, availability_bits, telehealth_bits, open_hours, time_zone)
    SELECT n, initcap(split_part(zip.city, ' ', 1)) || ' Recovery ' || n, CASE WHEN one < 0.2 THEN 'Outpatient' ELSE '' END,
        n %% 900 || ' Main Street', '', zip.city, lower(replace(zip.city, ' ', '-')), zip.state, zip.code, '', zip.county,
        200 + n / 100 %% 800 || '-555-01' || lpad((n %% 100)::text, 2, '0'), '{{}}', '', zip.latitude + (two - 0.5) / 10,
        zip.longitude + (three - 0.5) / 10, CASE WHEN one < 0.05 THEN 'zip' ELSE 'street' END, '{{}}', '{{}}',
        made.bits | CASE WHEN made.bits & {statements.STATES_MEDICINE} <> 0 THEN {facets.MEDICINE.mask} ELSE {facets.NOT_STATED.mask} END,
        hashint8extended(n, 4) & (hashint8extended(n, 5) | hashint8extended(n, 6)) & ((1::bigint << 55) - 1),
        true, false, now(), now(), CASE WHEN four < 0.5 THEN four < 0.4 END, CASE WHEN three < 0.4 THEN n %% 15 END,
        CASE WHEN four < 0.4 THEN 1 ELSE 0 END, 0,
        CASE WHEN two < 0.4 THEN '{{[540,1020),[1980,2460),[3420,3900),[4860,5340),[6300,6780)}}'::int4multirange END,
        CASE WHEN two < 0.4 THEN zip.time_zone ELSE '' END
    FROM (
        SELECT n, one, two, three, four, 1 + floor(five * (SELECT count(*) FROM zips))::int AS place FROM (
            SELECT n, random() AS one, random() AS two, random() AS three, random() AS four, random() AS five
            FROM generate_series(1, %s) AS n
        ) AS drawn
    ) AS drawn JOIN zips AS zip ON zip.place = drawn.place
    CROSS JOIN LATERAL (
        SELECT hashint8extended(n, 1) & (hashint8extended(n, 2) | hashint8extended(n, 3)) & ((1 << 24) - 1) AS bits
    ) AS made
"""  # noqa: E501 - a statement of our own constants
CONFIRMATIONS = """
    INSERT INTO clinics_confirmation (clinic_id, fact_group, source, edition, confirmed_on)
    SELECT id, 'contact', 'samhsa-directory', '2024', CASE WHEN id % 3 = 0 THEN date '2026-06-01' + (id % 170)::int END
    FROM clinics_clinic
"""
PEER = """
    CREATE EXTENSION IF NOT EXISTS postgis;
    DROP TABLE IF EXISTS peer_clinic;
    CREATE TABLE peer_clinic AS SELECT clinics_clinic.id, name, name_detail, street, city, state, zip_code, phone,
        point_quality = 'zip' AS is_approximate, accepting_new_patients, days_to_first_visit,
        source, edition, confirmed_on,
        ST_SetSRID(ST_MakePoint(longitude, latitude), 4326)::geography AS point, {facets}
        FROM clinics_clinic JOIN clinics_confirmation ON clinic_id = clinics_clinic.id;
    ALTER TABLE peer_clinic ADD PRIMARY KEY (id);
    CREATE INDEX ON peer_clinic USING gist (point);
"""


def fill(count: int) -> None:
    """Replace all clinics by `count` generated ones. The indexes are made anew, which is faster than to keep them."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # no triggers: nothing here has a history
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("TRUNCATE clinics_clinic CASCADE")
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'clinics_clinic' AND indexname <> %s",
            ["clinics_clinic_pkey"],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(
            """CREATE TEMPORARY TABLE IF NOT EXISTS zips AS SELECT row_number() OVER (ORDER BY code) AS place, *
            FROM clinics_zipcode WHERE kind = 'standard' AND is_active AND latitude IS NOT NULL"""
        )
        cursor.execute("SELECT setseed(%s)", [SEED])
        cursor.execute(CLINICS, [count])
        for _name, definition in indexes:
            cursor.execute(definition)
        cursor.execute(CONFIRMATIONS)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")


def fill_peer() -> bool:
    """The same clinics for the peer; False if this server has no PostGIS."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'postgis')")
        if not cursor.fetchone()[0]:
            return False
        columns = (
            f"{value.column} & {value.mask} <> 0 AS {value.group}_{value.slug}".replace("-", "_")
            for value in facets.VALUES.values()
            if value.column in facets.STORED
        )
        cursor.execute(PEER.format(facets=", ".join(columns)))
        cursor.execute("VACUUM ANALYZE peer_clinic")
        return True
