from django.db import migrations

# The day of the confirmation of availability is looked at by every search, so the clinic carries it. Whoever writes a
# confirmation (a page, the admin, an import in SQL) keeps it right; whoever writes an old copy of a clinic cannot
# make it wrong.
FORWARD = """
    CREATE FUNCTION clinics_availability_day() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.availability_confirmed_on := (
            SELECT confirmed_on FROM clinics_confirmation
            WHERE clinic_id = NEW.id AND fact_group = 'availability');
        RETURN NEW;
    END $$;
    CREATE TRIGGER availability_day BEFORE UPDATE OF availability_confirmed_on ON clinics_clinic FOR EACH ROW
    WHEN (NEW.availability_confirmed_on IS DISTINCT FROM OLD.availability_confirmed_on)
    EXECUTE FUNCTION clinics_availability_day();

    CREATE FUNCTION clinics_availability_confirmed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP <> 'INSERT' AND OLD.fact_group = 'availability' THEN
            UPDATE clinics_clinic c SET availability_confirmed_on = NULL
            WHERE c.id = OLD.clinic_id AND c.availability_confirmed_on IS NOT NULL;
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.fact_group = 'availability' THEN
            UPDATE clinics_clinic c SET availability_confirmed_on = NEW.confirmed_on
            WHERE c.id = NEW.clinic_id AND c.availability_confirmed_on IS DISTINCT FROM NEW.confirmed_on;
        END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER availability_stated AFTER INSERT ON clinics_confirmation FOR EACH ROW
    WHEN (NEW.fact_group = 'availability') EXECUTE FUNCTION clinics_availability_confirmed();
    CREATE TRIGGER availability_restated AFTER UPDATE ON clinics_confirmation FOR EACH ROW
    WHEN (NEW.fact_group = 'availability' OR OLD.fact_group = 'availability')
    EXECUTE FUNCTION clinics_availability_confirmed();
    CREATE TRIGGER availability_withdrawn AFTER DELETE ON clinics_confirmation FOR EACH ROW
    WHEN (OLD.fact_group = 'availability') EXECUTE FUNCTION clinics_availability_confirmed();

    UPDATE clinics_clinic c SET availability_confirmed_on = f.confirmed_on FROM clinics_confirmation f
    WHERE f.clinic_id = c.id AND f.fact_group = 'availability' AND f.confirmed_on IS NOT NULL;
"""
BACKWARD = """
    DROP TRIGGER availability_stated ON clinics_confirmation;
    DROP TRIGGER availability_restated ON clinics_confirmation;
    DROP TRIGGER availability_withdrawn ON clinics_confirmation;
    DROP TRIGGER availability_day ON clinics_clinic;
    DROP FUNCTION clinics_availability_confirmed();
    DROP FUNCTION clinics_availability_day();
"""


class Migration(migrations.Migration):
    dependencies = [("clinics", "0010_ages")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
