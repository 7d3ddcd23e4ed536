"""Twelve questions in place of the code book: few controls, what an answer implies, and nothing lost."""

import pytest
from django.urls import reverse
from django.utils import timezone

from clinics.models import Clinic, Service
from clinics.npi import is_npi
from clinics.search import facets
from clinics.verification.lock import Writer
from listings.models import Listing, Submission
from listings.wizard import derived, steps
from listings.wizard.answers import answers_of
from listings.wizard.publishing import publish
from listings.wizard.steps.base import stateable
from tests.factories import make_clinic
from tests.listings.accounts.test_owners import PHONES, PRACTICE, change, owner, send_in
from tests.listings.factories import make_listing
from tests.listings.wizard.forms import page, save

__all__ = ["owner"]  # a fixture
pytestmark = pytest.mark.django_db
MOST_CONTROLS = 60


def begin(client) -> Listing:
    client.post(reverse("listings:new_listing"))
    return Listing.objects.latest("pk")


def begin_change(client, listing) -> Submission:
    client.post(reverse("listings:edit", args=[listing.pk]))
    return listing.open_submission


def key_of(slug: str) -> str:
    return str(Service.objects.get(slug=slug).pk)


def stored(listing, group: str) -> set[str]:
    keys = listing.submissions.latest("pk").answers["services"].get(group, [])
    return set(Service.objects.filter(pk__in=keys).values_list("slug", flat=True))


def test_all_pages_together_show_fewer_than_sixty_controls_before_a_fold_is_opened(client, owner):
    listing = begin(client)
    counts = {slug: page(client, listing, slug) for slug in steps.PAGES}
    shown = {slug: controls.open_count for slug, controls in counts.items()}
    assert sum(shown.values()) < MOST_CONTROLS, shown
    assert sum(controls.folded_count for controls in counts.values()) > 200  # the rest is there


def test_there_are_twelve_questions_in_one_order(client, owner):
    assert steps.QUESTION_COUNT == 12
    numbers = [steps.number_of(page.slug) for page in steps.ASKED]
    assert numbers == [1, 2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    assert {page.stored_in() for page in steps.PAGES.values()} - {"npi"} == set(steps.STEPS)


@pytest.mark.parametrize("choice", [*derived.STARTS, *derived.PLACES], ids=lambda choice: choice.slug)
def test_each_choice_stands_for_codes_of_the_code_book_and_is_read_back(choice):
    choices = derived.STARTS if choice in derived.STARTS else derived.PLACES
    codes = {*choice.adds, *choice.told_by, *choice.family}
    assert Service.objects.filter(slug__in=codes).count() == len(codes)
    assert derived.ticked(choices, derived.with_ticks(choices, (), [choice.slug])) == [choice.slug]
    other = "hiv-medication"
    assert derived.with_ticks(choices, {*codes, other}, []) == {other}


def test_every_service_that_counts_towards_a_medicine_or_a_setting_is_told_by_a_tick():
    for group, choices in (("medication", derived.STARTS), ("setting", derived.PLACES)):
        for slug in Service.objects.filter(group=group, facet__startswith=f"{group}/").values_list("slug", flat=True):
            if slug != "telehealth":
                assert derived.ticked(choices, {slug}), slug


def test_ticking_a_medicine_states_what_it_means_in_the_code_book(client, owner):
    listing = begin(client)
    save(client, listing, "medicines", chosen=["buprenorphine-film-or-tablet", "methadone", "otp"])
    found = {"buprenorphine-in-treatment", "prescribes-buprenorphine", "buprenorphine-with-naloxone"}
    assert stored(listing, "medication") == found | {"methadone", "methadone-in-treatment"}
    assert stored(listing, "care") == {"opioid-treatment-program"}
    save(client, listing, "medicines", chosen=["methadone", "otp"])
    assert stored(listing, "medication") == {"methadone", "methadone-in-treatment"}


def test_unticking_one_form_of_a_medicine_leaves_the_others():
    codes = {"buprenorphine-injection", "buprenorphine-with-naloxone", "buprenorphine-maintenance"}
    left = derived.with_ticks(derived.STARTS, codes, ["buprenorphine-injection"])
    assert left == {"buprenorphine-injection", "buprenorphine-maintenance"}


def test_a_medicine_that_a_list_states_without_its_form_stays_until_it_is_unticked(client, owner):
    listing = make_listing(owner, make_clinic(services=["prescribes-buprenorphine", "buprenorphine-detox"]))
    begin_change(client, listing)
    assert page(client, listing, "medicines").sent["chosen"] == ["buprenorphine"]
    save(client, listing, "medicines", chosen=["buprenorphine", "methadone"])
    assert {"prescribes-buprenorphine", "buprenorphine-detox", "methadone"} <= stored(listing, "medication")
    save(client, listing, "medicines", chosen=["methadone"])
    assert stored(listing, "medication") == {"methadone", "methadone-in-treatment"}
    assert "without saying" not in client.get(reverse("listings:step", args=[listing.pk, "medicines"])).text


@pytest.mark.parametrize("slug", [slug for slug in steps.PAGES if slug != "npi"])
def test_sending_a_page_as_it_is_changes_nothing_of_a_clinic_that_states_everything(client, owner, slug):
    every = stateable(*Service.Group.values).values_list("slug", flat=True)
    clinic = make_clinic(
        services=[*every, "does-not-treat-alcohol-use-disorder"], telehealth_states=["MD", "VA"],
        accepting_new_patients=False, days_to_first_visit=3, counseling_required=True, first_visit_cents=9550,
        desk_languages=["english", "yupik"],
        intake_phones=["410-555-0101"], hotlines=["410-555-0102"], description="We see people the same week.",
    )  # fmt: skip
    listing = make_listing(owner, clinic)
    submission = begin_change(client, listing)
    answer = save(client, listing, slug)
    assert answer.status_code == 302, answer.context["form"].errors
    submission.refresh_from_db()
    assert steps.changed(submission) == []
    assert {k: sorted(map(sorted, v.values())) for k, v in submission.answers.items() if k == "services"} == {
        k: sorted(map(sorted, v.values())) for k, v in submission.live_answers.items() if k == "services"
    }


def test_facts_that_the_form_does_not_ask_outlive_a_change_of_the_same_page(client, owner):
    unasked = ["carf-accredited", "no-smoking", "ages-to-check"]  # of a list, about the facility
    listing = make_listing(owner, make_clinic(services=[*unasked, "acupuncture", "outpatient"]))
    begin_change(client, listing)
    save(client, listing, "medicines", chosen=["methadone"])
    save(client, listing, "setting", chosen=["live-in"])
    client.post(reverse("listings:check", args=[listing.pk]))
    clinic = Clinic.objects.get()
    slugs = set(Service.objects.filter(pk__in=clinic.service_ids).values_list("slug", flat=True))
    assert slugs == {*unasked, "acupuncture", "residential", "methadone", "methadone-in-treatment"}
    assert clinic.treatment_bits & facets.MEDICINE.mask


def test_what_an_editor_added_meanwhile_is_not_taken_away(client, owner):
    listing = make_listing(owner, make_clinic(services=["methadone"]))
    begin_change(client, listing)
    added = Service.objects.filter(slug__in=["methadone", "opioid-treatment-program"])
    clinic = Clinic.objects.get()
    clinic.set_services(added)
    clinic.save()
    save(client, listing, "medicines", chosen=["methadone", "naltrexone-tablets"])
    client.post(reverse("listings:check", args=[listing.pk]))
    assert int(key_of("opioid-treatment-program")) in Clinic.objects.get().service_ids


def test_a_draft_of_the_release_before_is_read_as_it_was_meant(client, owner):
    listing = begin(client)
    old = {"medication": [key_of("buprenorphine-injection")], "setting": [key_of("residential")]}
    access = {"telehealth": ["yes"], "telehealth_states": ["MD", "VA"], "days_to_first_visit": ["2"]}
    submission = listing.open_submission
    submission.answers = {"practice": {"state": ["MD"]}, "services": old, "access": access}
    submission.save()
    assert page(client, listing, "medicines").sent["chosen"] == ["buprenorphine-injection"]
    assert page(client, listing, "setting").sent["chosen"] == ["live-in"]
    telehealth = page(client, listing, "telehealth").sent
    assert (telehealth["start"], telehealth["telehealth_states"]) == (["states"], ["MD", "VA"])
    save(client, listing, "access", accepting_new_patients="yes")
    save(client, listing, "telehealth")
    submission.refresh_from_db()
    assert submission.answers["access"] | access == submission.answers["access"]


def test_states_are_asked_for_only_after_a_yes_that_the_license_does_not_answer(client, owner):
    listing = begin(client)
    client.post(reverse("listings:step", args=[listing.pk, "practice"]), PRACTICE)
    first = page(client, listing, "telehealth")
    assert "telehealth_states" not in client.get(reverse("listings:step", args=[listing.pk, "telehealth"])).text
    assert first.open_count == 1
    assert save(client, listing, "telehealth", start="here")["Location"].endswith("/payment/")
    answers = listing.open_submission.answers["access"]
    assert answers == {"telehealth": ["yes"], "telehealth_states": ["MD"]}
    asked = save(client, listing, "telehealth", start="states", telehealth_states=["MD", "VA"])
    assert asked["Location"].endswith("/payment/")
    save(client, listing, "telehealth", start="no")
    assert listing.open_submission.answers["access"] == {"telehealth": ["no"]}
    again = save(client, listing, "telehealth", start="states")
    assert again["Location"].endswith("/telehealth/")
    assert page(client, listing, "telehealth").sent["telehealth_states"] == ["MD"]  # that of the license is ticked
    refused = save(client, listing, "telehealth", telehealth_states=[])
    assert refused.status_code == 422
    assert "Choose the states" in refused.text


def test_a_search_of_the_code_book_saves_what_it_shows_and_leaves_the_rest(client, owner):
    listing = begin(client)
    save(client, listing, "services", care=[key_of("acupuncture")])
    found = page(client, listing, "services", "?q=hepatitis+b")
    assert 0 < found.open_count < 10
    assert found.folded_count == 0
    save(client, listing, "services", "?q=hepatitis+b", care=[key_of("hepatitis-b-test")])
    assert stored(listing, "care") == {"acupuncture", "hepatitis-b-test"}
    nothing = client.get(reverse("listings:step", args=[listing.pk, "services"]) + "?q=zeppelin")
    assert "Nothing in the list fits" in nothing.text


def test_the_search_of_the_code_book_reads_spanish(client, owner):
    listing = begin(client)
    answer = client.get(f"/es/account/listings/{listing.pk}/form/services/?q=acupuntura")
    assert key_of("acupuncture") in answer.text


def test_who_offers_a_medicine_and_denies_it_is_asked_which(client, owner):
    listing = begin(client)
    denial = key_of("does-not-treat-opioid-use-disorder")
    alcohol = key_of("no-medication-for-alcohol-use-disorder")
    chosen = ["methadone", "buprenorphine-injection"]
    refused = save(client, listing, "medicines", chosen=chosen, denied=[denial, alcohol])
    assert refused.status_code == 422
    assert refused.context["form"].errors["denied"] == [
        "“Does not treat opioid use disorder” contradicts what you ticked: "
        "Buprenorphine injection (such as Sublocade), Methadone. Untick one of the two."
    ]
    assert page(client, listing, "setting").sent  # where the no has nothing to do with the ticks
    assert save(client, listing, "setting", chosen=["visits"]).status_code == 302
    for slug, answers in {"practice": PRACTICE, "phones": PHONES}.items():
        client.post(reverse("listings:step", args=[listing.pk, slug]), answers)
    assert client.post(reverse("listings:check", args=[listing.pk])).status_code == 422


def statuses(client, listing) -> dict[str, str]:
    context = client.get(reverse("listings:tasks", args=[listing.pk])).context
    return {task.page.slug: task.status for task in [*context["asked"], *context["later"]]}


def test_everything_else_is_done_only_once_more_is_said_than_the_questions_imply(client, owner):
    listing = begin(client)
    save(client, listing, "medicines", chosen=["methadone"])
    assert statuses(client, listing)["services"] == "not-started"
    save(client, listing, "services", care=[key_of("acupuncture")])
    assert statuses(client, listing)["services"] == "done"


def test_the_check_lists_the_questions_as_the_task_list_does(client, owner):
    listing = begin(client)
    save(client, listing, "medicines", chosen=["methadone"])
    tasks = client.get(reverse("listings:check", args=[listing.pk])).context["tasks"]
    assert {task.page.slug: task.status for task in tasks} == statuses(client, listing)


def test_the_task_list_says_how_far_each_question_is(client, owner):
    listing = begin(client)
    assert set(statuses(client, listing).values()) == {"not-started"}
    client.post(reverse("listings:step", args=[listing.pk, "practice"]), PRACTICE | {"zip_code": "2120"})
    client.post(reverse("listings:step", args=[listing.pk, "phones"]), PHONES)
    save(client, listing, "setting", chosen=["visits"])
    save(client, listing, "medicines")
    found = statuses(client, listing)
    assert {slug for slug, status in found.items() if status == "look"} == {"practice"}
    assert {slug for slug, status in found.items() if status == "done"} == {"phones", "setting"} | {
        slug for slug in ("services",) if found[slug] == "done"
    }
    client.post(reverse("listings:step", args=[listing.pk, "practice"]), PRACTICE)
    text = client.get(reverse("listings:tasks", args=[listing.pk])).text
    assert "Check and send it in" in text


def test_the_task_list_of_a_live_listing_marks_what_changed(client, owner):
    listing = make_listing(owner, make_clinic(services=["methadone", "outpatient"]))
    begin_change(client, listing)
    save(client, listing, "setting", chosen=["live-in"])
    context = client.get(reverse("listings:tasks", args=[listing.pk])).context
    assert {task.page.slug for task in context["asked"] if task.is_changed} == {"setting"}
    assert "npi" not in {task.page.slug for task in context["asked"]}


def test_a_listing_that_was_sent_in_has_no_task_list(client, owner):
    submission = send_in(client, owner)
    assert client.get(reverse("listings:tasks", args=[submission.listing_id])).status_code == 302
    live = make_listing(owner)
    assert client.get(reverse("listings:tasks", args=[live.pk])).status_code == 404


def test_thirty_practitioners_are_published_in_few_queries(client, owner, django_assert_max_num_queries):
    listing = make_listing(owner)
    submission = begin_change(client, listing)
    people = {"people-TOTAL_FORMS": ["30"], "people-INITIAL_FORMS": ["0"]}
    for number in range(30):
        person = {"name": "Ana", "npi": npi(number), "license_state": "MD", "license_number": "A-1"}
        person |= {"license_expires_on": f"{timezone.localdate().year + 2}-06-30", "consented": "on"}
        people |= {f"people-{number}-{name}": [value] for name, value in person.items()}
    submission.store_answers("practitioners", people)
    with django_assert_max_num_queries(60):
        publish(submission, ["practitioners"], owner, Writer.EDITOR)
    assert listing.clinic.practitioners.count() == 30
    assert change(client, make_listing(owner, make_clinic("Other")), access={"days_to_first_visit": "1"})


def npi(number: int) -> str:
    return next(text for digit in range(10) if is_npi(text := f"1{number:08}{digit}"))


def test_the_answers_of_a_clinic_are_those_of_its_pages(client, owner):
    clinic = make_clinic(services=["methadone", "acupuncture", "county-local-funds"])
    answers = answers_of(clinic)
    assert answers["services"]["care"] == [key_of("acupuncture")]
    assert answers["payment"]["payment"] == [key_of("county-local-funds")]
    for form in steps.forms_of(answers).values():
        assert form.is_valid(), form.errors
