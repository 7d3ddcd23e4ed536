from django.db import migrations

# As the triggers find them; a clinic that is changed meanwhile has its words from those.
WORDS = r"""
    INSERT INTO clinics_clinicword (word, clinic_id, in_name)
        SELECT left(word, 60) AS word, named.id AS clinic_id, bool_or(in_name) AS in_name FROM (
            SELECT c.id, part.text, part.in_name FROM clinics_clinic c, LATERAL (VALUES
                (c.name, true), (c.name_detail, true), (c.city, false), (c.state, false)) AS part (text, in_name)
            WHERE true
            UNION ALL
            SELECT c.id, concat_ws(' ', r.row->>'name', r.row->>'name_detail'), true
            FROM clinics_clinic c JOIN clinics_sourcerecord r ON r.clinic_id = c.id WHERE true
            UNION ALL
            SELECT c.id, regexp_replace(split_part(given.number, ' x', 1), '[^0-9]', '', 'g'), true
            FROM clinics_clinic c, unnest(c.phone || c.intake_phones || c.other_phones || c.hotlines) AS given (number)
            WHERE true
        ) AS named, unnest(regexp_split_to_array(trim(regexp_replace(
        regexp_replace(
            lower(regexp_replace(normalize(named.text, NFKD), '[\u0300-\u036f''`\u2018\u2019\u02bc]', '', 'g')),
            '\m([a-z])\.(?=[a-z]\M)', '\1', 'g'),
        '[^a-z0-9]+', ' ', 'g')), ' ')) AS word
        WHERE word <> '' GROUP BY 1, 2
    ON CONFLICT DO NOTHING;
    INSERT INTO clinics_knownword (word) SELECT DISTINCT word FROM clinics_clinicword ON CONFLICT DO NOTHING;
"""


class Migration(migrations.Migration):
    """The words of the clinics that are there, apart from the triggers: writers wait for those only a moment."""

    dependencies = [("clinics", "0018_words_of_names")]
    operations = [migrations.RunSQL(WORDS, migrations.RunSQL.noop)]
