"""What waits for an editor: reports, possible duplicates, what an import states otherwise; decisions are logged."""

from datetime import timedelta

import pytest
from django.utils import timezone

from clinics.models import (
    Clinic,
    Confirmation,
    Correction,
    FactGroup,
    ImportDifference,
    PossibleDuplicate,
    Service,
    Source,
)
from tests.clinics.admin.admin_client import history, page_of, run_action, sources_of
from tests.clinics.factories import OFFERED, make_correction, make_difference, make_pair, make_record, make_run
from tests.factories import make_clinic

pytestmark = pytest.mark.django_db


# Corrections


def test_the_queue_of_reports_is_open_ones_oldest_first(desk):
    newer, older = make_correction(), make_correction(created_at=timezone.now() - timedelta(days=2))
    make_correction().close(Correction.Status.UNCLEAR, by=None)
    assert list(desk.get(page_of("changelist", Correction)).context["cl"].result_list) == [older, newer]
    everything = desk.get(page_of("changelist", Correction), {"status": "all"})
    assert len(everything.context["cl"].result_list) == 3


def test_a_report_is_read_beside_the_listing_and_closed_by_a_button(desk, editor):
    correction, following = make_correction(), make_correction()
    page = desk.get(page_of("change", correction, correction.pk)).content.decode()
    assert correction.clinic.phone in page
    assert "<textarea" not in page
    response = desk.post(page_of("change", correction, correction.pk), {"decision": "corrected", "note": "forged"})
    assert response.url == page_of("change", following, following.pk)
    correction.refresh_from_db()
    assert (correction.status, correction.closed_by) == (Correction.Status.CORRECTED, editor)
    assert correction.note == "The line is <b>dead</b>."
    assert history(correction) == ["Closed: the listing was corrected."]


@pytest.mark.parametrize("choice", ["", "open", "nonsense"])
def test_a_report_is_not_closed_without_an_outcome(desk, choice):
    correction = make_correction()
    desk.post(page_of("change", correction, correction.pk), {"decision": choice})
    correction.refresh_from_db()
    assert correction.status == Correction.Status.OPEN
    assert history(correction) == []


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("close_as_corrected", "corrected"), ("close_as_stated", "as-stated"), ("close_as_unclear", "unclear")],
)
def test_several_reports_are_closed_at_once(desk, editor, action, outcome):
    corrections = [make_correction(), make_correction()]
    run_action(desk, Correction, action, corrections)
    for correction in corrections:
        correction.refresh_from_db()
        assert (correction.status, correction.closed_by) == (outcome, editor)
        assert len(history(correction)) == 1


# Duplicates


def test_a_pair_is_shown_beside_each_other_with_its_differences_marked(desk):
    pair = make_pair()
    page = desk.get(page_of("change", pair, pair.pk)).content.decode()
    rows = {row.label: row for row in desk.get(page_of("change", pair, pair.pk)).context["lines"]}
    assert rows["Phone"].differs
    assert not rows["Street"].differs
    assert 'class="differs"' in page
    assert f"SAMHSA directory 2024, line {pair.one.source_records.get().line}" in page


def test_two_places_stay_two(desk, editor):
    pair, next_pair = make_pair(), make_pair()
    response = desk.post(page_of("change", pair, pair.pk), {"decision": "different"})
    assert response.url == page_of("change", next_pair, next_pair.pk)
    pair.refresh_from_db()
    assert (pair.status, pair.decided_by) == (PossibleDuplicate.Status.DIFFERENT, editor)
    assert pair.one.is_listed
    assert pair.other.is_listed
    run_action(desk, PossibleDuplicate, "are_two_places", [next_pair])
    next_pair.refresh_from_db()
    assert next_pair.status == PossibleDuplicate.Status.DIFFERENT
    assert desk.get(page_of("changelist", PossibleDuplicate)).context["cl"].result_count == 0


def test_one_place_keeps_the_side_that_was_chosen(desk, editor):
    pair = make_pair()
    desk.post(page_of("change", pair, pair.pk), {"decision": "keep-other"})
    pair.refresh_from_db()
    one, other = pair.one, pair.other
    assert (one.is_listed, one.merged_into) == (False, other)
    assert other.is_listed
    assert other.source_records.count() == 1
    assert (pair.status, pair.decided_by) == (PossibleDuplicate.Status.SAME, editor)
    assert history(one) == [f"Merged into {other} (number {other.pk})."]
    assert len(history(other)) == len(history(pair)) == 1
    again = desk.post(page_of("change", pair, pair.pk), {"decision": "different"}, follow=True)
    assert "already merged" in again.content.decode()


def test_merging_fills_what_the_survivor_lacks_and_leaves_what_it_states():
    merged = make_clinic(
        "Merged",
        services=OFFERED,
        phone="410-555-0111",
        intake_phones=["410-555-0112"],
        website="https://merged.example",
        county="X",
    )
    survivor = make_clinic("Survivor", at=None, phone="410-555-0122", street="")
    Confirmation.objects.create(clinic=merged, fact_group=FactGroup.SERVICES, source=Source.CALLED)
    merged.merge_into(survivor)
    survivor.refresh_from_db()
    assert (survivor.name, survivor.phone, survivor.website) == ("Survivor", "410-555-0122", "https://merged.example")
    assert survivor.phone_for_new_patients == "410-555-0122", "the other's intake line would be called first"
    assert survivor.county == "X"
    assert survivor.service_ids == merged.service_ids
    assert survivor.facet_slugs["kind"] == ["otp"]
    assert sources_of(survivor) == {FactGroup.SERVICES: Source.CALLED}
    assert survivor.street == ""
    assert survivor.point_quality == "zip", "the point of the door would tell the private street"


def test_merging_moves_evidence_and_reports_and_shortens_the_way():
    oldest, merged, survivor = make_clinic("Oldest"), make_clinic("Merged"), make_clinic("Survivor", is_listed=False)
    oldest.merge_into(merged)
    record, correction = make_record(merged, make_run(), 1), make_correction(merged)
    merged.merge_into(survivor)
    for item in (record, correction, oldest, survivor):
        item.refresh_from_db()
    assert record.clinic == correction.clinic == oldest.merged_into == survivor
    assert survivor.is_listed, "one of the two could be found, so the place stays to be found"


def test_a_clinic_is_merged_once_and_not_into_itself():
    one, two, three = make_clinic("One"), make_clinic("Two"), make_clinic("Three")
    with pytest.raises(ValueError, match="itself"):
        one.merge_into(one)
    one.merge_into(two)
    with pytest.raises(ValueError, match="already merged"):
        one.merge_into(three)
    with pytest.raises(ValueError, match="already merged"):
        three.merge_into(one)
    three.refresh_from_db()
    assert three.is_listed


def test_the_survivor_takes_the_place_of_the_merged_one_in_other_pairs(editor):
    first, second, third = (make_clinic(name) for name in ("First", "Second", "Third"))
    likeness = {"reason": "like names", "similarity": 0.8}
    pair = PossibleDuplicate.objects.create(one=first, other=second, **likeness)
    moved = PossibleDuplicate.objects.create(one=second, other=third, **likeness)
    pair.merge(first, by=editor)
    moved.refresh_from_db()
    assert (moved.one, moved.other) == (first, third)

    fourth = make_clinic("Fourth")
    asked = PossibleDuplicate.objects.create(one=first, other=fourth, **likeness)
    twice = PossibleDuplicate.objects.create(one=third, other=fourth, **likeness)
    moved.merge(first, by=editor)
    assert not PossibleDuplicate.objects.filter(pk=twice.pk).exists()
    assert PossibleDuplicate.objects.filter(pk=asked.pk).exists()


# What an import states otherwise


def test_ours_stays_right(desk, editor):
    difference = make_difference()
    desk.post(page_of("change", difference, difference.pk), {"decision": "ours"})
    difference.refresh_from_db()
    assert (difference.status, difference.decided_by) == (ImportDifference.Status.OURS, editor)
    assert difference.clinic.phone == "410-555-0100"
    another = make_difference()
    run_action(desk, ImportDifference, "keep_ours", [another])
    assert history(another) == ["Decided: ours is right."]


@pytest.mark.parametrize(
    ("field", "theirs", "expected"),
    [
        ("phone", "410-555-0199", "410-555-0199"),
        ("intake_phones", "410-555-0198, 410-555-0197", ["410-555-0198", "410-555-0197"]),
    ],
)
def test_theirs_is_taken_over(desk, field, theirs, expected):
    difference = make_difference(field=field, theirs=theirs)
    desk.post(page_of("change", difference, difference.pk), {"decision": "theirs"})
    difference.refresh_from_db()
    assert difference.status == ImportDifference.Status.THEIRS
    assert getattr(difference.clinic, field) == expected
    assert sources_of(difference.clinic) == {FactGroup.CONTACT: Source.EDITOR}
    assert len(history(difference.clinic)) == 1


def test_their_services_are_taken_over_by_name(desk):
    with_commas = Service.objects.filter(name__contains=", ").order_by("pk")
    theirs = [*with_commas[:2], Service.objects.get(slug="outpatient")]
    difference = make_difference(
        fact_group=FactGroup.SERVICES,
        field="services",
        ours=Service.objects.get(slug="methadone").name,
        theirs=", ".join(sorted(service.name for service in theirs)),
    )
    difference.clinic.set_services(Service.objects.filter(slug__in=OFFERED))
    difference.clinic.save()
    desk.post(page_of("change", difference, difference.pk), {"decision": "theirs"})
    clinic = Clinic.objects.get(pk=difference.clinic.pk)
    kept = Service.objects.filter(slug__in=["opioid-treatment-program", "medicaid"])
    assert set(clinic.service_ids) == {service.pk for service in [*theirs, *kept]}
    assert clinic.facet_slugs["setting"] == ["outpatient"]
