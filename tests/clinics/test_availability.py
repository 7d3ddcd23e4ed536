"""Who can start today: what is stated counts, what is not known counts neither as yes nor as no."""

from datetime import UTC, datetime, timedelta

import pytest
import zipcodes
from hypothesis import example, given
from hypothesis import strategies as st

from clinics import availability
from clinics.availability import AVAILABILITY_FIELDS, HOURS_FIELDS, bits_at
from clinics.hours import DAY, WEEK, joined
from clinics.management.pacific import ISLAND_ZIPS
from clinics.models import Clinic, CountyNotice, FactGroup, Source
from clinics.models.places import time_zone_of
from clinics.search import facets
from clinics.states import state_names
from clinics.typed_hours import parse_week
from tests.clinics.factories import ClosureFactory, CountyNoticeFactory
from tests.factories import make_clinic

ACCESS = facets.GROUPS_BY_SLUG["access"].values
MOMENT = datetime(2026, 7, 8, 15, 30, tzinfo=UTC)
MINUTE_IN_BALTIMORE = 2 * 24 * 60 + 11 * 60 + 30  # that moment: Wednesday, 11:30
maybe = st.sampled_from([None, True, False])
stretches = st.tuples(st.integers(0, WEEK - 1), st.integers(1, 3000)).map(lambda pair: (pair[0], sum(pair)))
maybe_week = st.none() | st.lists(stretches, max_size=5).map(joined)
stated_facts = st.fixed_dictionaries(
    {
        "accepting_new_patients": maybe,
        "days_to_first_visit": st.none() | st.integers(0, 5),
        "medication_at_first_visit": maybe,
        "counseling_required": maybe,
        "telehealth_states": st.none() | st.lists(st.sampled_from(["MD", "VA", "NY"]), unique=True),
        "open_hours": maybe_week,
        "walk_in_hours": maybe_week,
    }
)
# Minutes from the beginning of a day on which it is closed to the moment: on both sides of its two ends.
begins_before = st.none() | st.sampled_from([-1, 0, 1, DAY - 1, DAY, DAY + 1]) | st.integers(-DAY, 2 * DAY)
pytestmark = pytest.mark.django_db


def wanted(facts) -> set[str]:
    """The filters that a clinic of these facts passes for a reader in Maryland, told in words of its own."""
    found = set()
    if facts["accepting_new_patients"] is True:
        found.add("accepting-new-patients")
    if facts["days_to_first_visit"] in (0, 1, 2) and facts["accepting_new_patients"] in (None, True):
        found.add("within-48-hours")
    if facts["medication_at_first_visit"] is True:
        found.add("medication-first-visit")
    if facts["counseling_required"] is False:
        found.add("no-counseling-required")
    if facts["telehealth_states"] and "MD" in facts["telehealth_states"]:
        found.add("telehealth-in-my-state")
    if facts["walk_in_hours"]:
        found.add("walk-in")
    if facts["open_hours"] and any(start <= MINUTE_IN_BALTIMORE < end for start, end in facts["open_hours"]):
        found.add("open-now")
    return found


@given(st.lists(stated_facts, min_size=1, max_size=12))
def test_a_filter_finds_what_states_it_and_never_what_is_not_known(all_facts):
    Clinic.objects.all().delete()
    clinics = {make_clinic(f"Clinic {number}", **facts).pk: facts for number, facts in enumerate(all_facts)}
    listed = Clinic.objects.listed().with_availability(MOMENT, "MD")
    for value in ACCESS:
        found = set(listed.with_facets({"access": [value]}).values_list("pk", flat=True))
        assert found == {pk for pk, facts in clinics.items() if value.slug in wanted(facts)}, value.slug


@example({"open_hours": ((0, WEEK),)}, 0, "America/New_York", "", DAY - 1, None)
@example({"open_hours": ((0, WEEK),)}, 0, "America/New_York", "", None, 0)
@given(
    stated_facts,
    st.integers(0, WEEK),
    st.sampled_from(availability.TIME_ZONES),
    st.sampled_from(["", "MD", "NY"]),
    begins_before,
    begins_before,
)
def test_the_database_and_python_tell_the_same(facts, minutes, zone, state, closed_at, noticed_at):
    """Also while a closure or a notice begins, lasts and ends, each a day."""
    clinic = make_clinic(**facts)
    CountyNotice.objects.all().delete()
    if closed_at is not None:
        ClosureFactory(clinic=clinic, **a_day_from(minutes - closed_at))
    if noticed_at is not None:
        CountyNoticeFactory(**a_day_from(minutes - noticed_at))
    if clinic.states_any(HOURS_FIELDS):
        Clinic.objects.filter(pk=clinic.pk).update(time_zone=zone)
    moment = MOMENT + timedelta(minutes=minutes)
    found = Clinic.objects.with_availability(moment, state).get(pk=clinic.pk)
    known = Clinic.objects.with_closings(moment).get(pk=clinic.pk)
    assert found.availability_now == bits_at(known, moment, state)
    if any(before is not None and 0 <= before < DAY for before in (closed_at, noticed_at)):
        assert not found.availability_now & availability.OPEN_NOW
    assert {name: getattr(found, name) for name in facts} == facts


def a_day_from(minutes: int) -> dict:
    starts_at = MOMENT + timedelta(minutes=minutes)
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(days=1)}


def test_a_clinic_of_which_nothing_is_known_passes_no_access_filter():
    clinic = make_clinic()
    assert [getattr(clinic, name) for name in AVAILABILITY_FIELDS + HOURS_FIELDS] == [None] * 9
    assert clinic.facet_slugs["access"] == []
    assert clinic.open_status is None


def test_a_wait_counts_for_nothing_once_nobody_new_is_taken():
    clinic = make_clinic(days_to_first_visit=0, accepting_new_patients=False)
    assert clinic.facet_slugs["access"] == []


def test_hours_are_told_in_the_zone_of_the_clinics_own_zip_code():
    clinic = make_clinic(city="Pensacola", state="FL", zip_code="32501", open_hours=parse_week("Mon-Fri 9-17"))
    assert clinic.time_zone == "America/Chicago"
    clinic.open_hours = None
    clinic.save()
    assert clinic.time_zone == ""


def test_a_zip_code_nobody_knows_takes_the_zone_of_most_of_its_state():
    assert time_zone_of("00000", "FL") == "America/New_York"
    assert time_zone_of("00000", "XX") == ""


def test_every_zone_of_the_united_states_is_known_to_the_search():
    mistyped = {"", "Napakiak"}
    missing = {island.time_zone for island in ISLAND_ZIPS.values()}
    stated = {entry["timezone"] for entry in zipcodes.list_all()}
    assert (stated | missing) - mistyped == set(availability.TIME_ZONES)


def test_every_state_has_a_bit_of_its_own():
    assert set(state_names()) <= set(availability.STATE_BITS)
    assert sum(availability.STATE_BITS.values()) == 2 ** len(availability.STATE_BITS) - 1 < 2**63


def test_a_merged_clinic_hands_on_what_the_other_does_not_state():
    kept, merged = make_clinic("Kept"), make_clinic("Merged", accepting_new_patients=True, open_hours=((0, 60),))
    kept.open_hours = ((60, 120),)
    kept.save()
    for clinic in (kept, merged):
        clinic.confirmations.create(fact_group=FactGroup.HOURS, source=Source.OWNER)
    merged.confirmations.create(fact_group=FactGroup.AVAILABILITY, source=Source.CALLED)
    merged.merge_into(kept)
    kept.refresh_from_db()
    assert (kept.accepting_new_patients, kept.open_hours) == (True, ((60, 120),))
    assert "accepting-new-patients" in Clinic.objects.get(pk=kept.pk).facet_slugs["access"]
    sources = dict(kept.confirmations.values_list("fact_group", "source"))
    assert sources == {FactGroup.HOURS: Source.OWNER, FactGroup.AVAILABILITY: Source.CALLED}


def test_two_clinics_that_state_nothing_keep_who_vouched_for_the_one_that_stays():
    kept, merged = make_clinic("Kept"), make_clinic("Merged")
    kept.confirmations.create(fact_group=FactGroup.AVAILABILITY, source=Source.OWNER)
    merged.merge_into(kept)
    assert kept.confirmations.get().source == Source.OWNER
