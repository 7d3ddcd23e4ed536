import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import core.triggers

# As the first migrations of a database that is older than this file made them.
DROP_FORMER = """
    DROP TRIGGER IF EXISTS availability_day ON clinics_clinic;
    DROP TRIGGER IF EXISTS note_changes ON clinics_clinic;
    DROP TRIGGER IF EXISTS availability_stated ON clinics_confirmation;
    DROP TRIGGER IF EXISTS availability_restated ON clinics_confirmation;
    DROP TRIGGER IF EXISTS availability_withdrawn ON clinics_confirmation;
    DROP FUNCTION IF EXISTS clinics_availability_day();
    DROP FUNCTION IF EXISTS clinics_availability_confirmed();
    DROP FUNCTION IF EXISTS clinics_note_changes();
"""


class Migration(migrations.Migration):
    """The triggers of clinics/models/triggers.py."""

    dependencies = [
        ("clinics", "0005_mails_are_in_core"),
    ]

    operations = [
        migrations.RunSQL(DROP_FORMER, migrations.RunSQL.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="availability_day",
                sql=core.triggers.TriggerSql(
                    condition='WHEN (OLD."availability_confirmed_on" IS DISTINCT FROM (NEW."availability_confirmed_on"))',
                    func="\n        NEW.availability_confirmed_on := (\n            SELECT confirmed_on FROM clinics_confirmation\n            WHERE clinic_id = NEW.id AND fact_group = 'availability');\n        RETURN NEW;\n    ",
                    hash="a6aab9cef5af815b4ffad10d632a6fdf64192bb6",
                    operation='UPDATE OF "availability_confirmed_on"',
                    pgid="pgtrigger_availability_day_d375c",
                    table="clinics_clinic",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="record_changes",
                sql=core.triggers.TriggerSql(
                    condition='WHEN (OLD."accepting_new_patients" IS DISTINCT FROM (NEW."accepting_new_patients") OR OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."closed_on" IS DISTINCT FROM (NEW."closed_on") OR OLD."counseling_required" IS DISTINCT FROM (NEW."counseling_required") OR OLD."days_to_first_visit" IS DISTINCT FROM (NEW."days_to_first_visit") OR OLD."desk_languages" IS DISTINCT FROM (NEW."desk_languages") OR OLD."first_visit_cents" IS DISTINCT FROM (NEW."first_visit_cents") OR OLD."intake_phones" IS DISTINCT FROM (NEW."intake_phones") OR OLD."is_listed" IS DISTINCT FROM (NEW."is_listed") OR OLD."medication_at_first_visit" IS DISTINCT FROM (NEW."medication_at_first_visit") OR OLD."merged_into_id" IS DISTINCT FROM (NEW."merged_into_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."name_detail" IS DISTINCT FROM (NEW."name_detail") OR OLD."open_hours" IS DISTINCT FROM (NEW."open_hours") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."service_ids" IS DISTINCT FROM (NEW."service_ids") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."street" IS DISTINCT FROM (NEW."street") OR OLD."street_detail" IS DISTINCT FROM (NEW."street_detail") OR OLD."telehealth_states" IS DISTINCT FROM (NEW."telehealth_states") OR OLD."walk_in_hours" IS DISTINCT FROM (NEW."walk_in_hours") OR OLD."website" IS DISTINCT FROM (NEW."website") OR OLD."zip_code" IS DISTINCT FROM (NEW."zip_code"))',
                    func="\n        INSERT INTO clinics_factchange (clinic_id, field, old, new, changed_at)\n        SELECT NEW.id, f.field, f.before, f.after, now() FROM (VALUES ('name', OLD.name::text, NEW.name::text), ('name_detail', OLD.name_detail::text, NEW.name_detail::text), ('street', OLD.street::text, NEW.street::text), ('street_detail', OLD.street_detail::text, NEW.street_detail::text), ('city', OLD.city::text, NEW.city::text), ('state', OLD.state::text, NEW.state::text), ('zip_code', OLD.zip_code::text, NEW.zip_code::text), ('phone', OLD.phone::text, NEW.phone::text), ('intake_phones', OLD.intake_phones::text, NEW.intake_phones::text), ('website', OLD.website::text, NEW.website::text), ('service_ids', OLD.service_ids::text, NEW.service_ids::text), ('accepting_new_patients', OLD.accepting_new_patients::text, NEW.accepting_new_patients::text), ('days_to_first_visit', OLD.days_to_first_visit::text, NEW.days_to_first_visit::text), ('medication_at_first_visit', OLD.medication_at_first_visit::text, NEW.medication_at_first_visit::text), ('counseling_required', OLD.counseling_required::text, NEW.counseling_required::text), ('telehealth_states', OLD.telehealth_states::text, NEW.telehealth_states::text), ('first_visit_cents', OLD.first_visit_cents::text, NEW.first_visit_cents::text), ('desk_languages', OLD.desk_languages::text, NEW.desk_languages::text), ('open_hours', OLD.open_hours::text, NEW.open_hours::text), ('walk_in_hours', OLD.walk_in_hours::text, NEW.walk_in_hours::text), ('is_listed', OLD.is_listed::text, NEW.is_listed::text), ('closed_on', OLD.closed_on::text, NEW.closed_on::text), ('merged_into_id', OLD.merged_into_id::text, NEW.merged_into_id::text)) AS f (field, before, after)\n        WHERE f.before IS DISTINCT FROM f.after;\n        RETURN NULL;\n    ",
                    hash="5d0cc609b4b580fc18f388bfee77990623c8dcc7",
                    operation="UPDATE",
                    pgid="pgtrigger_record_changes_4cbc3",
                    table="clinics_clinic",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="confirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="availability_stated",
                sql=core.triggers.TriggerSql(
                    condition="WHEN (NEW.\"fact_group\" = 'availability')",
                    func="\n    UPDATE clinics_clinic c SET availability_confirmed_on = NEW.confirmed_on\n    WHERE c.id = NEW.clinic_id AND c.availability_confirmed_on IS DISTINCT FROM NEW.confirmed_on;\n RETURN NULL;",
                    hash="15af290ce484960dbe8d976463299bb8524704a5",
                    operation="INSERT",
                    pgid="pgtrigger_availability_stated_ff391",
                    table="clinics_confirmation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="confirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="availability_restated",
                sql=core.triggers.TriggerSql(
                    condition="WHEN (NEW.\"fact_group\" = 'availability' OR OLD.\"fact_group\" = 'availability')",
                    func="\n            IF OLD.fact_group = 'availability' THEN \n    UPDATE clinics_clinic c SET availability_confirmed_on = NULL\n    WHERE c.id = OLD.clinic_id AND c.availability_confirmed_on IS NOT NULL;\n END IF;\n            IF NEW.fact_group = 'availability' THEN \n    UPDATE clinics_clinic c SET availability_confirmed_on = NEW.confirmed_on\n    WHERE c.id = NEW.clinic_id AND c.availability_confirmed_on IS DISTINCT FROM NEW.confirmed_on;\n END IF;\n            RETURN NULL;\n        ",
                    hash="363074fce76eae365c59724c57d1163fe681d980",
                    operation="UPDATE",
                    pgid="pgtrigger_availability_restated_8643c",
                    table="clinics_confirmation",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="confirmation",
            trigger=pgtrigger.compiler.Trigger(
                name="availability_withdrawn",
                sql=core.triggers.TriggerSql(
                    condition="WHEN (OLD.\"fact_group\" = 'availability')",
                    func="\n    UPDATE clinics_clinic c SET availability_confirmed_on = NULL\n    WHERE c.id = OLD.clinic_id AND c.availability_confirmed_on IS NOT NULL;\n RETURN NULL;",
                    hash="320d78b7469b2830a8dc9c2a65dbfac036a3310f",
                    operation="DELETE",
                    pgid="pgtrigger_availability_withdrawn_8e91e",
                    table="clinics_confirmation",
                    when="AFTER",
                ),
            ),
        ),
    ]
