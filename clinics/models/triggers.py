"""What the database itself keeps right for clinics, whoever writes: a page, the admin, or an import in SQL."""

import pgtrigger

from clinics.search import facets, statements
from core.triggers import Trigger

# Every search reads the day on which availability was confirmed, so the clinic carries a copy of it. Whoever writes a
# confirmation updates the copy, and whoever writes an outdated clinic cannot spoil it.
KEEP_THE_COPY = Trigger(
    name="availability_day",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("availability_confirmed_on"),
    condition=pgtrigger.AnyChange("availability_confirmed_on"),
    func="""
        NEW.availability_confirmed_on := (
            SELECT confirmed_on FROM clinics_confirmation
            WHERE clinic_id = NEW.id AND fact_group = 'availability');
        RETURN NEW;
    """,
)
_COPY = """
    UPDATE clinics_clinic c SET availability_confirmed_on = NEW.confirmed_on
    WHERE c.id = NEW.clinic_id AND c.availability_confirmed_on IS DISTINCT FROM NEW.confirmed_on;
"""
_CLEAR = """
    UPDATE clinics_clinic c SET availability_confirmed_on = NULL
    WHERE c.id = OLD.clinic_id AND c.availability_confirmed_on IS NOT NULL;
"""
_IS, _WAS = pgtrigger.Q(new__fact_group="availability"), pgtrigger.Q(old__fact_group="availability")
COPY_AVAILABILITY_DAY = [
    Trigger(
        name="availability_stated",
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=_IS,
        func=f"{_COPY} RETURN NULL;",
    ),
    Trigger(
        name="availability_restated",
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=_IS | _WAS,
        func=f"""
            IF OLD.fact_group = 'availability' THEN {_CLEAR} END IF;
            IF NEW.fact_group = 'availability' THEN {_COPY} END IF;
            RETURN NULL;
        """,
    ),
    Trigger(
        name="availability_withdrawn",
        when=pgtrigger.After,
        operation=pgtrigger.Delete,
        condition=_WAS,
        func=f"{_CLEAR} RETURN NULL;",
    ),
]

# What lies on the way to a clinic, and how long a drive takes, is no longer known once the clinic has another point:
# jobs work it out again. Rows that one of them is writing just now are left to it: an import waits for no job.
FORGET_THE_WAYS = Trigger(
    name="forget_the_ways",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("latitude", "longitude"),
    condition=pgtrigger.AnyChange("latitude", "longitude"),
    func="""
        DELETE FROM clinics_journey WHERE id IN (
            SELECT id FROM clinics_journey WHERE clinic_id = NEW.id FOR UPDATE SKIP LOCKED);
        RETURN NULL;
    """,
)
FORGET_THE_WAYS_FROM_HERE = Trigger(
    name="forget_the_ways_from_here",
    when=pgtrigger.After,
    operation=pgtrigger.UpdateOf("latitude", "longitude"),
    condition=pgtrigger.AnyChange("latitude", "longitude"),
    func="""
        DELETE FROM clinics_journey WHERE id IN (
            SELECT id FROM clinics_journey WHERE zip_code = NEW.code FOR UPDATE SKIP LOCKED);
        RETURN NULL;
    """,
)

# What readers are told, fact by fact. Imports write in SQL and never call save(), so the database itself keeps the
# history; creating a clinic is no change. Measured: 0.05 ms a clinic that changes two facts (0.57 s instead of 0.38 s
# for 3,001 of them), nothing for one that is created. A package that keeps history in save() would miss all of it.
FIELDS_WITH_HISTORY = (
    *("name", "name_detail", "street", "street_detail", "city", "state", "zip_code", "phone", "intake_phones"),
    *("other_phones", "hotlines", "website", "service_ids", "denied_service_ids", "accepting_new_patients"),
    *("days_to_first_visit", "medication_at_first_visit", "counseling_required", "telehealth_states"),
    *("first_visit_cents", "desk_languages", "open_hours", "walk_in_hours", "is_listed", "closed_on"),
    *("answers", "merged_into_id"),
)
_PAIRS = ", ".join(f"('{column}', OLD.{column}::text, NEW.{column}::text)" for column in FIELDS_WITH_HISTORY)
RECORD_CHANGES = Trigger(
    name="record_changes",
    when=pgtrigger.After,
    operation=pgtrigger.Update,
    condition=pgtrigger.AnyChange(*(column.removesuffix("_id") for column in FIELDS_WITH_HISTORY)),
    func=f"""
        INSERT INTO clinics_factchange (clinic_id, field, old, new, changed_at)
        SELECT NEW.id, f.field, f.before, f.after, now() FROM (VALUES {_PAIRS}) AS f (field, before, after)
        WHERE f.before IS DISTINCT FROM f.after;
        RETURN NULL;
    """,  # noqa: S608 - our own columns
)

# Exactly one of facets.TREATS is set on every clinic, or no search finds it. Code of this release sets one; where none
# is, a process of the release before wrote the row, which knows no denials either: what it states replaces them.
_TREATS = pgtrigger.Condition(f'((NEW."treatment_bits" & {facets.TREATS.mask}) = 0)')
SAY_WHETHER_IT_TREATS = Trigger(
    name="say_whether_it_treats",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update,
    condition=_TREATS,
    func=f"""
        IF NEW.treatment_bits & {statements.STATES_MEDICINE} <> 0 THEN
            NEW.denied_bits := 0;
            NEW.denied_service_ids := '{{}}';
            NEW.treatment_bits := NEW.treatment_bits | {facets.MEDICINE.mask};
        ELSIF NEW.denied_bits & {facets.NOT_STATED.mask} <> 0 THEN
            NEW.treatment_bits := NEW.treatment_bits | {facets.DENIES.mask};
        ELSE
            NEW.treatment_bits := NEW.treatment_bits | {facets.NOT_STATED.mask};
        END IF;
        NEW.denied_bits := NEW.denied_bits & ~NEW.treatment_bits;
        NEW.service_ids := ARRAY(
            SELECT pk FROM unnest(NEW.service_ids) AS pk WHERE pk <> ALL(NEW.denied_service_ids) ORDER BY pk);
        RETURN NEW;
    """,  # noqa: S608 - our own constants
)
