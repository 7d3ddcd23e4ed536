"""The words by which a clinic is found by name, kept by the database: imports write in SQL, never by save()."""

import pgtrigger

from core.triggers import StatementTrigger, Trigger

# The words of a text in SQL: "St. Mary's A.B.C." has st, marys and abc.
WORDS_OF = r"""regexp_split_to_array(trim(regexp_replace(
    regexp_replace(
        lower(regexp_replace(normalize({text}, NFKD), '[\u0300-\u036f''`\u2018\u2019\u02bc]', '', 'g')),
        '\m([a-z])\.(?=[a-z]\M)', '\1', 'g'),
    '[^a-z0-9]+', ' ', 'g')), ' ')"""
# The words of clinics, as they are shown and as each of its sources spells them.
STATED_WORDS = rf"""
    SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (
        SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES
            (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)
        WHERE {{clinics}}
        UNION ALL
        SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true
        FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE {{clinics}}
        UNION ALL
        SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true
        FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)
        WHERE {{clinics}}
    ) AS named, unnest({WORDS_OF.format(text="named.text")}) AS word
    WHERE word <> '' GROUP BY 1, 2
"""  # noqa: S608 - our own columns
_KEEP_WORDS = f"""
    ids := ARRAY({{changed}});
    IF cardinality(ids) = 0 THEN RETURN NULL; END IF;
    WITH stated AS MATERIALIZED ({STATED_WORDS.format(clinics="c.id = ANY(ids)")}),
    gone AS (
        DELETE FROM clinics_clinicword w WHERE clinic_id = ANY(ids)
            AND NOT EXISTS (SELECT FROM stated s WHERE s.clinic_id = w.clinic_id AND s.word = w.word)),
    new AS (
        INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM stated ORDER BY word ON CONFLICT DO NOTHING)
    INSERT INTO clinics_clinicword AS indexed (word, clinic_id, in_name) SELECT word, clinic_id, in_name FROM stated
    ON CONFLICT (word, clinic_id) DO UPDATE SET in_name = excluded.in_name WHERE indexed.in_name <> excluded.in_name;
    RETURN NULL;
"""  # noqa: S608 - our own columns
_NAMED_BY = ("name", "name_detail", "city", "state", "phone", "intake_phones", "other_phones", "hotlines")
_CHANGED_CLINICS = f"""
    SELECT a.id FROM old_rows b JOIN new_rows a USING (id)
    WHERE ROW({", ".join(f"a.{column}" for column in _NAMED_BY)})
        IS DISTINCT FROM ROW({", ".join(f"b.{column}" for column in _NAMED_BY)})
"""  # noqa: S608 - our own columns
_CHANGED_RECORDS = """
    SELECT DISTINCT unnest(ARRAY[a.clinic_id, b.clinic_id]) FROM old_rows b JOIN new_rows a USING (id)
    WHERE ROW(a.row->>'name', a.row->>'name_detail', a.clinic_id)
        IS DISTINCT FROM ROW(b.row->>'name', b.row->>'name_detail', b.clinic_id)
"""
_NEW, _OLD = pgtrigger.Referencing(new="new_rows"), pgtrigger.Referencing(old="old_rows")
_BOTH = pgtrigger.Referencing(old="old_rows", new="new_rows")


def _words_trigger(name: str, operation: pgtrigger.Operation, rows: pgtrigger.Referencing, changed: str) -> Trigger:
    """`changed`: the clinics whose words may have changed, as SQL."""
    return StatementTrigger(
        name=name,
        when=pgtrigger.After,
        operation=operation,
        referencing=rows,
        declare=[("ids", "bigint[]")],
        func=_KEEP_WORDS.format(changed=changed),
    )


KEEP_WORDS = [
    _words_trigger("words_of_new", pgtrigger.Insert, _NEW, "SELECT id FROM new_rows"),
    _words_trigger("words_of_changed", pgtrigger.Update, _BOTH, _CHANGED_CLINICS),
    _words_trigger("words_of_deleted", pgtrigger.Delete, _OLD, "SELECT id FROM old_rows"),
]
KEEP_SOURCES_WORDS = [
    _words_trigger("words_stated", pgtrigger.Insert, _NEW, "SELECT DISTINCT clinic_id FROM new_rows"),
    _words_trigger("words_restated", pgtrigger.Update, _BOTH, _CHANGED_RECORDS),
    _words_trigger("words_withdrawn", pgtrigger.Delete, _OLD, "SELECT DISTINCT clinic_id FROM old_rows"),
]
