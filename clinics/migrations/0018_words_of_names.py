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
                    func="\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id IN (SELECT id FROM new_rows)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id IN (SELECT id FROM new_rows)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id IN (SELECT id FROM new_rows)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id IN (SELECT id FROM new_rows)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n RETURN NULL;",
                    table="clinics_clinic",
                    when="AFTER",
                    operation="INSERT",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="545f62e18ae8c488960dec5ab24b50b9116741fb",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="words_of_changed",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_of_changed_b834d",
                    func="\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id IN (SELECT id FROM (\n    SELECT a.id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.name, a.name_detail, a.city, a.state, a.phone, a.intake_phones, a.other_phones, a.hotlines)\n        IS DISTINCT FROM ROW(b.name, b.name_detail, b.city, b.state, b.phone, b.intake_phones, b.other_phones, b.hotlines)\n) AS changed)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id IN (SELECT id FROM (\n    SELECT a.id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.name, a.name_detail, a.city, a.state, a.phone, a.intake_phones, a.other_phones, a.hotlines)\n        IS DISTINCT FROM ROW(b.name, b.name_detail, b.city, b.state, b.phone, b.intake_phones, b.other_phones, b.hotlines)\n) AS changed)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id IN (SELECT id FROM (\n    SELECT a.id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.name, a.name_detail, a.city, a.state, a.phone, a.intake_phones, a.other_phones, a.hotlines)\n        IS DISTINCT FROM ROW(b.name, b.name_detail, b.city, b.state, b.phone, b.intake_phones, b.other_phones, b.hotlines)\n) AS changed)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id IN (SELECT id FROM (\n    SELECT a.id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.name, a.name_detail, a.city, a.state, a.phone, a.intake_phones, a.other_phones, a.hotlines)\n        IS DISTINCT FROM ROW(b.name, b.name_detail, b.city, b.state, b.phone, b.intake_phones, b.other_phones, b.hotlines)\n) AS changed)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n RETURN NULL;",
                    table="clinics_clinic",
                    when="AFTER",
                    operation="UPDATE",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="d64a7f54f35779ff6de87c3d29e3d7b5c3697e21",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="words_of_deleted",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_of_deleted_c17aa",
                    func="\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id IN (SELECT id FROM old_rows)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id IN (SELECT id FROM old_rows)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id IN (SELECT id FROM old_rows)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id IN (SELECT id FROM old_rows)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n RETURN NULL;",
                    table="clinics_clinic",
                    when="AFTER",
                    operation="DELETE",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    level="STATEMENT",
                    hash="08da8ef12816e66a6822d544106f59972a325816",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourcerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="words_stated",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_stated_b3a67",
                    func="\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id IN (SELECT clinic_id FROM new_rows)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id IN (SELECT clinic_id FROM new_rows)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id IN (SELECT clinic_id FROM new_rows)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id IN (SELECT clinic_id FROM new_rows)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n RETURN NULL;",
                    table="clinics_sourcerecord",
                    when="AFTER",
                    operation="INSERT",
                    referencing="REFERENCING NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="8478ae65a6a0de0c097f851a4b97af3437fa6085",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourcerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="words_restated",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_restated_45846",
                    func="\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id IN (SELECT clinic_id FROM (\n    SELECT unnest(ARRAY[a.clinic_id, b.clinic_id]) AS clinic_id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.row->>'name', a.row->>'name_detail', a.clinic_id)\n        IS DISTINCT FROM ROW(b.row->>'name', b.row->>'name_detail', b.clinic_id)\n) AS changed)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id IN (SELECT clinic_id FROM (\n    SELECT unnest(ARRAY[a.clinic_id, b.clinic_id]) AS clinic_id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.row->>'name', a.row->>'name_detail', a.clinic_id)\n        IS DISTINCT FROM ROW(b.row->>'name', b.row->>'name_detail', b.clinic_id)\n) AS changed)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id IN (SELECT clinic_id FROM (\n    SELECT unnest(ARRAY[a.clinic_id, b.clinic_id]) AS clinic_id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.row->>'name', a.row->>'name_detail', a.clinic_id)\n        IS DISTINCT FROM ROW(b.row->>'name', b.row->>'name_detail', b.clinic_id)\n) AS changed)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id IN (SELECT clinic_id FROM (\n    SELECT unnest(ARRAY[a.clinic_id, b.clinic_id]) AS clinic_id FROM old_rows b JOIN new_rows a USING (id)\n    WHERE ROW(a.row->>'name', a.row->>'name_detail', a.clinic_id)\n        IS DISTINCT FROM ROW(b.row->>'name', b.row->>'name_detail', b.clinic_id)\n) AS changed)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n RETURN NULL;",
                    table="clinics_sourcerecord",
                    when="AFTER",
                    operation="UPDATE",
                    referencing="REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ",
                    level="STATEMENT",
                    hash="3be2760e013bcb06447c9cada38e9045cd17fb94",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sourcerecord",
            trigger=pgtrigger.compiler.Trigger(
                name="words_withdrawn",
                sql=core.triggers.StatementTriggerSql(
                    pgid="pgtrigger_words_withdrawn_f9198",
                    func="\n    WITH stated AS MATERIALIZED (\n    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (\n        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES\n            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)\n        WHERE c.id IN (SELECT clinic_id FROM old_rows)\n        UNION ALL\n        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true\n        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE c.id IN (SELECT clinic_id FROM old_rows)\n        UNION ALL\n        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true\n        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)\n        WHERE c.id IN (SELECT clinic_id FROM old_rows)\n    ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(\n    regexp_replace(\n        lower(regexp_replace(normalize(named.text, NFKD), '[\\u0300-\\u036f''`\\u2018\\u2019\\u02bc]', '', 'g')),\n        '\\m([a-z])\\.(?=[a-z]\\M)', '\\1', 'g'),\n    '[^a-z0-9]+', ' ', 'g')), ' ')) AS word\n    WHERE word <> '' GROUP BY 1, 2\n),\n    gone AS (\n        DELETE FROM clinics_clinicword w WHERE clinic_id IN (SELECT clinic_id FROM old_rows)\n            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),\n    new AS (\n        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)\n    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated\n    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;\n RETURN NULL;",
                    table="clinics_sourcerecord",
                    when="AFTER",
                    operation="DELETE",
                    referencing="REFERENCING OLD TABLE AS old_rows ",
                    level="STATEMENT",
                    hash="08627f84460867e218aef5f345e5b91f81eab643",
                ),
            ),
        ),
    ]
