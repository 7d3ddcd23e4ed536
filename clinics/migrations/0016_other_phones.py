import django.contrib.postgres.fields
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import clinics.models.phones
import core.triggers


class Migration(migrations.Migration):
    dependencies = [
        ("clinics", "0015_city_population"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="clinic",
            name="record_changes",
        ),
        migrations.AddField(
            model_name="clinic",
            name="other_phones",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=24, validators=[clinics.models.phones.validate_phone]),
                blank=True,
                db_default=models.Value(
                    [],
                    output_field=django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=24), size=None
                    ),
                ),
                default=list,
                help_text="further numbers, whose use no source states",
                size=None,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="clinic",
            trigger=pgtrigger.compiler.Trigger(
                name="record_changes",
                sql=core.triggers.TriggerSql(
                    condition='WHEN (OLD."accepting_new_patients" IS DISTINCT FROM (NEW."accepting_new_patients") OR OLD."city" IS DISTINCT FROM (NEW."city") OR OLD."closed_on" IS DISTINCT FROM (NEW."closed_on") OR OLD."counseling_required" IS DISTINCT FROM (NEW."counseling_required") OR OLD."days_to_first_visit" IS DISTINCT FROM (NEW."days_to_first_visit") OR OLD."denied_service_ids" IS DISTINCT FROM (NEW."denied_service_ids") OR OLD."desk_languages" IS DISTINCT FROM (NEW."desk_languages") OR OLD."first_visit_cents" IS DISTINCT FROM (NEW."first_visit_cents") OR OLD."hotlines" IS DISTINCT FROM (NEW."hotlines") OR OLD."intake_phones" IS DISTINCT FROM (NEW."intake_phones") OR OLD."is_listed" IS DISTINCT FROM (NEW."is_listed") OR OLD."medication_at_first_visit" IS DISTINCT FROM (NEW."medication_at_first_visit") OR OLD."merged_into_id" IS DISTINCT FROM (NEW."merged_into_id") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."name_detail" IS DISTINCT FROM (NEW."name_detail") OR OLD."open_hours" IS DISTINCT FROM (NEW."open_hours") OR OLD."other_phones" IS DISTINCT FROM (NEW."other_phones") OR OLD."phone" IS DISTINCT FROM (NEW."phone") OR OLD."service_ids" IS DISTINCT FROM (NEW."service_ids") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."street" IS DISTINCT FROM (NEW."street") OR OLD."street_detail" IS DISTINCT FROM (NEW."street_detail") OR OLD."telehealth_states" IS DISTINCT FROM (NEW."telehealth_states") OR OLD."walk_in_hours" IS DISTINCT FROM (NEW."walk_in_hours") OR OLD."website" IS DISTINCT FROM (NEW."website") OR OLD."zip_code" IS DISTINCT FROM (NEW."zip_code"))',
                    func="\n        INSERT INTO clinics_factchange (clinic_id, field, old, new, changed_at)\n        SELECT NEW.id, f.field, f.before, f.after, now() FROM (VALUES ('name', OLD.name::text, NEW.name::text), ('name_detail', OLD.name_detail::text, NEW.name_detail::text), ('street', OLD.street::text, NEW.street::text), ('street_detail', OLD.street_detail::text, NEW.street_detail::text), ('city', OLD.city::text, NEW.city::text), ('state', OLD.state::text, NEW.state::text), ('zip_code', OLD.zip_code::text, NEW.zip_code::text), ('phone', OLD.phone::text, NEW.phone::text), ('intake_phones', OLD.intake_phones::text, NEW.intake_phones::text), ('other_phones', OLD.other_phones::text, NEW.other_phones::text), ('hotlines', OLD.hotlines::text, NEW.hotlines::text), ('website', OLD.website::text, NEW.website::text), ('service_ids', OLD.service_ids::text, NEW.service_ids::text), ('denied_service_ids', OLD.denied_service_ids::text, NEW.denied_service_ids::text), ('accepting_new_patients', OLD.accepting_new_patients::text, NEW.accepting_new_patients::text), ('days_to_first_visit', OLD.days_to_first_visit::text, NEW.days_to_first_visit::text), ('medication_at_first_visit', OLD.medication_at_first_visit::text, NEW.medication_at_first_visit::text), ('counseling_required', OLD.counseling_required::text, NEW.counseling_required::text), ('telehealth_states', OLD.telehealth_states::text, NEW.telehealth_states::text), ('first_visit_cents', OLD.first_visit_cents::text, NEW.first_visit_cents::text), ('desk_languages', OLD.desk_languages::text, NEW.desk_languages::text), ('open_hours', OLD.open_hours::text, NEW.open_hours::text), ('walk_in_hours', OLD.walk_in_hours::text, NEW.walk_in_hours::text), ('is_listed', OLD.is_listed::text, NEW.is_listed::text), ('closed_on', OLD.closed_on::text, NEW.closed_on::text), ('merged_into_id', OLD.merged_into_id::text, NEW.merged_into_id::text)) AS f (field, before, after)\n        WHERE f.before IS DISTINCT FROM f.after;\n        RETURN NULL;\n    ",
                    hash="dc764c955b067b07a08534fc949dec8b820e9cd7",
                    operation="UPDATE",
                    pgid="pgtrigger_record_changes_4cbc3",
                    table="clinics_clinic",
                    when="AFTER",
                ),
            ),
        ),
    ]
