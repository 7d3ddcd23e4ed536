import django.contrib.postgres.indexes
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import core.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0017_other_list"),
    ]

    operations = [
        migrations.CreateModel(
            name="ClinicWord",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "word", "clinic_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("word", models.CharField(max_length=60)),
                ("clinic_id", models.BigIntegerField(db_index=True)),
                ("in_name", models.BooleanField(help_text="else of the city alone")),
            ],
        ),
        migrations.CreateModel(
            name="KnownWord",
            fields=[
                ("word", models.CharField(max_length=60, primary_key=True, serialize=False)),
            ],
        ),
        migrations.AddIndex(
            model_name="knownword",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["word"], name="word_by_likeness", opclasses=["gin_trgm_ops"]
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="words_of_new",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_of_new_0028f",
                    declare="DECLARE ids bigint[];",
                    func="\n    ids := ARRAY(SELECT id FROM new_rows);\n    IF cardinality(ids) = 0 THEN RETURN NULL; END IF;\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id = ANY(ids)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id = ANY(ids)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n    RETURN NULL;\n",
                    table="clinics_clinic",
                    when="AFTER",
                    operation="INSERT",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="6cf96a6f88293100450f44e95d15727e780463d3",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="words_of_changed",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_of_changed_b834d",
                    declare="DECLARE ids bigint[];",
                    func="\n    ids := ARRAY(\n    SELECT a.id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.name, a.name_detail, a.city, a.state, a.phone, a.intake_phones, a.other_phones, a.hotlines)\n        IS DISTINCT FROM ROW(b.name, b.name_detail, b.city, b.state, b.phone, b.intake_phones, b.other_phones, b.hotlines)\n);\n    IF cardinality(ids) = 0 THEN RETURN NULL; END IF;\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id = ANY(ids)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id = ANY(ids)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n    RETURN NULL;\n",
                    table="clinics_clinic",
                    when="AFTER",
                    operation="UPDATE",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="23cd0e7d3ab53f0bbd1a9f49254774b2244ae49c",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="words_of_deleted",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_of_deleted_c17aa",
                    declare="DECLARE ids bigint[];",
                    func="\n    ids := ARRAY(SELECT id FROM old_rows);\n    IF cardinality(ids) = 0 THEN RETURN NULL; END IF;\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id = ANY(ids)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id = ANY(ids)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n    RETURN NULL;\n",
                    table="clinics_clinic",
                    when="AFTER",
                    operation="DELETE",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    level="STATEMENT",
                    hash="354c1bb09828db42e300f6bf5d39228c0a0c093e",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourcerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="words_stated",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_stated_b3a67",
                    declare="DECLARE ids bigint[];",
                    func="\n    ids := ARRAY(SELECT DISTINCT clinic_id FROM new_rows);\n    IF cardinality(ids) = 0 THEN RETURN NULL; END IF;\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id = ANY(ids)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id = ANY(ids)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n    RETURN NULL;\n",
                    table="clinics_sourcerecord",
                    when="AFTER",
                    operation="INSERT",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="f9b467d0dda35f4eeb562858798055b7b3db7e5d",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourcerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="words_restated",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_restated_45846",
                    declare="DECLARE ids bigint[];",
                    func="\n    ids := ARRAY(\n    SELECT DISTINCT unnest(ARRAY[a.clinic_id, b.clinic_id]) FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.row->>'name', a.row->>'name_detail', a.clinic_id)\n        IS DISTINCT FROM ROW(b.row->>'name', b.row->>'name_detail', b.clinic_id)\n);\n    IF cardinality(ids) = 0 THEN RETURN NULL; END IF;\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id = ANY(ids)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id = ANY(ids)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n    RETURN NULL;\n",
                    table="clinics_sourcerecord",
                    when="AFTER",
                    operation="UPDATE",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="82abdd45b2be8b285aa38fe2118daee15e0249bc",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourcerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="words_withdrawn",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_withdrawn_f9198",
                    declare="DECLARE ids bigint[];",
                    func="\n    ids := ARRAY(SELECT DISTINCT clinic_id FROM old_rows);\n    IF cardinality(ids) = 0 THEN RETURN NULL; END IF;\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id = ANY(ids)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id = ANY(ids)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id = ANY(ids)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n    RETURN NULL;\n",
                    table="clinics_sourcerecord",
                    when="AFTER",
                    operation="DELETE",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    level="STATEMENT",
                    hash="faa714fbf9bf3beb1452430f2e38c165cdddfa20",
                ),
            ),
        ),
    ]
