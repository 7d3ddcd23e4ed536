"""The admin as an editor uses it: every page that is registered answers, evidence stays, decisions are logged."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django_q.models import Schedule

from clinics.models import (
    AccuracySample,
    Call,
    City,
    Clinic,
    Confirmation,
    ConfirmationRequest,
    Correction,
    Evidence,
    FactChange,
    FactGroup,
    ImportDifference,
    ImportRejection,
    ImportRun,
    ImportUpload,
    PossibleDuplicate,
    Practitioner,
    Service,
    ServiceCategory,
    ServiceCode,
    Source,
    SourceRecord,
    ZipCode,
)
from tests.articles import factories
from tests.factories import BOSTON, TOWSON, make_clinic, make_practitioner
from tests.listings import money

pytestmark = pytest.mark.django_db

MOST_QUERIES_OF_A_LIST = 9  # two of them are the session and the user, two a savepoint
# What the site's Content-Security-Policy refuses: style and script inside the page, but for the editor's import map.
INLINE = re.compile(
    rb"""\sstyle=|\son[a-z]+=["']|<style|<script(?![^>]*\ssrc=)(?![^>]*json)(?![^>]*importmap" nonce=)"""
)
OFFERED = ["methadone", "opioid-treatment-program", "medicaid"]


@pytest.fixture
def editor() -> User:
    return User.objects.create_superuser("editor", password="a sentence to log in with")


@pytest.fixture
def desk(client, editor):
    """A browser at which the editor is logged in."""
    client.force_login(editor)
    return client


def make_run(**fields) -> ImportRun:
    told = {"file_name": "directory_2024.csv.gz", "layout": "facilities", "source": Source.SAMHSA_DIRECTORY}
    counts = {"rows": 12, "created": 6, "unchanged": 4, "rejected": 2}
    times = {"finished_at": timezone.now() + timedelta(seconds=42)}
    notes = {"messages": ["unknown column: fax2", "unknown code ZZZ, 3 times"], "rules": {"same key": 4}}
    status = {"status": ImportRun.Status.APPLIED, "edition": "2024"}
    return ImportRun.objects.create(**(told | counts | times | notes | status | fields))


def make_record(clinic: Clinic, run: ImportRun, line: int, **fields) -> SourceRecord:
    said = {"name": clinic.name, "city": clinic.city, "codes": ["BU", "METH"], "website": "", "notes": []}
    keys = {"record_key": f"key {line}", "content_hash": "hash", "name_key": "name", "street_key": "street"}
    told = {"source": Source.SAMHSA_DIRECTORY, "edition": "2024", "row": said}
    return SourceRecord.objects.create(clinic=clinic, run=run, line=line, **(keys | told | fields))


def make_busy_clinic(number: int = 1) -> Clinic:
    """A clinic with everything that hangs on one: evidence, vouchers and a report."""
    clinic = make_clinic(f"Harbor Recovery {number}", services=OFFERED)
    make_record(clinic, make_run(), 1000 + number)
    for group in (FactGroup.CONTACT, FactGroup.SERVICES, FactGroup.PAYMENT):
        Confirmation.objects.create(clinic=clinic, fact_group=group, source=Source.SAMHSA_DIRECTORY, edition="2024")
    make_correction(clinic)
    return clinic


def make_correction(clinic: Clinic | None = None, **fields) -> Correction:
    told = {"problem": Correction.Problem.WRONG_NUMBER, "note": "The line is <b>dead</b>."}
    return Correction.objects.create(clinic=clinic or make_clinic("Reported Clinic"), **(told | fields))


def make_pair(number: int = 1) -> PossibleDuplicate:
    one = make_clinic(f"Hope Clinic {number}", services=["methadone"])
    other = make_clinic(f"Hope Clinics {number}", at=TOWSON, phone="410-555-0101", services=["outpatient"])
    make_record(one, make_run(), 2000 + number)
    return PossibleDuplicate.objects.create(one=one, other=other, reason="same street, like names", similarity=0.9)


def make_difference(number: int = 1, **fields) -> ImportDifference:
    told = {"fact_group": FactGroup.CONTACT, "field": "phone", "ours": "410-555-0100", "theirs": "410-555-0199"}
    source = {"source": Source.SAMHSA_DIRECTORY, "edition": "2025", "run": make_run()}
    clinic = make_clinic(f"Disputed Clinic {number}")
    return ImportDifference.objects.create(clinic=clinic, **(source | told | fields))


# A row of every model that the admin shows; a model that is registered without one fails the tests below.
MAKE: dict[type, Callable] = {
    AccuracySample: lambda number: AccuracySample.objects.create(
        month=f"2026-{number:02}-01", seed=1, population=1, population_sha256="", size=1
    ),
    Call: lambda number: Call.objects.create(
        clinic=make_clinic(), caller=User.objects.create_user(f"caller{number}"), number_called="410-555-0100"
    ),
    ConfirmationRequest: lambda number: ConfirmationRequest.objects.create(clinic=make_clinic(), email="a@b.example"),
    Evidence: lambda number: Evidence.objects.create(
        clinic=make_clinic(), kind="npi", number="1234567893", issuer="NPPES", proof="NPI 1234567893"
    ),
    FactChange: lambda number: FactChange.objects.create(
        clinic=make_clinic(), field="phone", old="410-555-0100", new="410-555-0199", changed_at=timezone.now()
    ),
    City: lambda number: City.objects.get(state="MD", slug="baltimore"),
    Clinic: make_busy_clinic,
    Correction: lambda number: make_correction(make_clinic(f"Reported Clinic {number}")),
    Group: lambda number: Group.objects.create(name=f"group {number}"),
    ImportDifference: make_difference,
    ImportRejection: lambda number: ImportRejection.objects.create(
        run=make_run(), line=number, reason="no city", text="Sample Clinic | MD"
    ),
    ImportRun: lambda number: make_run(),
    ImportUpload: lambda number: ImportUpload.objects.create(original_name=f"directory {number}.csv"),
    PossibleDuplicate: make_pair,
    Practitioner: lambda number: make_practitioner(make_clinic()),
    Service: lambda number: Service.objects.get(slug="methadone"),
    ServiceCategory: lambda number: ServiceCategory.objects.first(),
    ServiceCode: lambda number: ServiceCode.objects.first(),
    User: lambda number: User.objects.create_user(f"helper{number}"),
    ZipCode: lambda number: ZipCode.objects.get(pk="21202"),
    Schedule: lambda number: Schedule.objects.create(name=f"job {number}", func="clinics.truth.jobs.ask_clinics"),
    **money.ROWS,
    **factories.ROWS,
}
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
EVIDENCE = [City, ImportRejection, ImportRun, Service, ServiceCategory, ServiceCode, ZipCode]
every_model = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


def page_of(page: str, item_or_model, *args) -> str:
    return reverse(f"admin:{item_or_model._meta.app_label}_{item_or_model._meta.model_name}_{page}", args=args)


def act(desk, model, action: str, items, **query):
    data = {"action": action, "_selected_action": [item.pk for item in items]}
    return desk.post(page_of("changelist", model), data, query_params=query, follow=True)


def facts_of(desk, clinic: Clinic) -> dict:
    """What the form of a clinic would post if nothing were changed."""
    response = desk.get(page_of("change", clinic, clinic.pk))
    form, posted = response.context["adminform"].form, {}
    for name, field in form.fields.items():
        value = form[name].value()
        if value in (None, False):
            continue
        posted[name] = list(value) if name == "services" else field.prepare_value(value)
    for inline in response.context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        count = inline.formset.initial_form_count()
        posted |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count}
    return posted


def save(desk, clinic: Clinic, **changes):
    response = desk.post(page_of("change", clinic, clinic.pk), facts_of(desk, clinic) | changes, follow=True)
    assert "adminform" not in (response.context or {}), response.context["adminform"].errors
    clinic.refresh_from_db()
    return response


def vouchers(clinic: Clinic) -> dict[str, str]:
    return dict(clinic.confirmations.values_list("fact_group", "source"))


def history(item) -> list[str]:
    entries = LogEntry.objects.filter(object_id=item.pk, content_type__model=item._meta.model_name)
    return [entry.get_change_message() for entry in entries.order_by("pk")]


# Every page


@every_model
def test_every_registered_page_answers(desk, model):
    assert model in MAKE, f"{model._meta.label} is in the admin: give MAKE a row of it"
    item, model_admin = MAKE[model](1), admin.site._registry[model]
    pages = [page_of("changelist", model) + query for query in ("", "?q=clinic+md", "?_facets=True", "?run=x")]
    pages += [page_of("change", model, item.pk), page_of("history", model, item.pk)]
    for page in pages:
        response = desk.get(page, follow=True)
        assert response.status_code == 200, page
        assert not INLINE.search(response.content), page
    request = desk.get(page_of("changelist", model)).wsgi_request
    added = desk.get(page_of("add", model))
    assert added.status_code == (200 if model_admin.has_add_permission(request) else 403)


@every_model
def test_a_list_costs_the_same_however_many_rows_it_has(desk, model):
    address = page_of("changelist", model)
    MAKE[model](1)
    desk.get(address)  # content types are remembered from the first page on
    with CaptureQueriesContext(connection) as few:
        desk.get(address)
    for number in range(2, 12):
        MAKE[model](number)
    with CaptureQueriesContext(connection) as many:
        desk.get(address)
    assert len(many) == len(few)
    assert len(many) <= MOST_QUERIES_OF_A_LIST, [query["sql"][:150] for query in many]


@every_model
def test_every_filter_answers(desk, model):
    MAKE[model](1)
    changelist = desk.get(page_of("changelist", model)).context["cl"]
    for spec in changelist.filter_specs:
        for choice in list(spec.choices(changelist))[:12]:
            response = desk.get(page_of("changelist", model) + choice["query_string"], follow=True)
            assert response.status_code == 200
            assert "e=1" not in response.request["QUERY_STRING"], (spec.title, choice)


@pytest.mark.parametrize(
    "model",
    [City, ImportRejection, ImportRun, Service, ServiceCategory, ServiceCode, ZipCode],
    ids=lambda m: m.__name__,
)
def test_what_is_only_evidence_refuses_every_change(desk, model):
    item = MAKE[model](1)
    assert desk.post(page_of("change", model, item.pk), {"name": "x"}).status_code == 403
    assert desk.post(page_of("add", model), {"name": "x"}).status_code == 403
    assert desk.post(page_of("delete", model, item.pk), {"post": "yes"}).status_code == 403
    act(desk, model, "delete_selected", [item])
    assert model.objects.filter(pk=item.pk).exists()


@pytest.mark.parametrize("model", [Clinic, PossibleDuplicate, ImportDifference], ids=lambda m: m.__name__)
def test_what_must_not_be_forgotten_cannot_be_deleted(desk, model):
    item = MAKE[model](1)
    assert desk.post(page_of("delete", model, item.pk), {"post": "yes"}).status_code == 403
    assert model.objects.filter(pk=item.pk).exists()


def test_someone_who_may_only_look_sees_a_clinic_and_decides_nothing(client):
    viewer = User.objects.create_user("viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client.force_login(viewer)
    clinic, pair, correction = make_busy_clinic(), make_pair(), make_correction()
    page = client.get(page_of("change", clinic, clinic.pk)).content.decode()
    assert "Methadone" in page
    assert "_save" not in page
    for item in (pair, correction):
        assert b'name="decision"' not in client.get(page_of("change", item, item.pk)).content
        assert client.post(page_of("change", item, item.pk), {"decision": "different"}).status_code == 403
    assert client.get(page_of("changelist", Clinic)).context["action_form"] is None


def test_a_form_of_the_admin_says_where_it_comes_from(client):
    """Without it a browser posts "Origin: null" and nobody can log in."""
    assert b'<meta name="referrer" content="same-origin">' in client.get(reverse("admin:login")).content


# The first page


def test_the_first_page_says_what_needs_a_person(desk):
    make_correction(created_at=timezone.now() - timedelta(days=3))
    make_correction()
    make_pair()
    make_difference()
    run = make_run(started_at=timezone.now() + timedelta(minutes=1))
    make_correction(created_at=timezone.now() - timedelta(days=4))
    page = desk.get(reverse("admin:index")).content.decode().replace("\xa0", " ")
    words = " ".join(strip_tags(page).split())
    assert "3 reports from readers 4 days too long" in words
    assert "1 pair of clinics that may be one place 0 minutes" in words
    assert words.index("reports from readers") < words.index("pair of clinics")
    assert f"{run}, applied; 2 of 12 rows rejected" in words


def test_the_first_page_of_an_empty_directory(desk):
    page = desk.get(reverse("admin:index")).content.decode()
    assert "Nothing waits for you." in page
    assert "reports from readers" in page  # the way there stays
    assert "Nothing was imported yet." in page


# Clinics


@pytest.mark.parametrize(
    "words", ["harbor", "Harbor, Baltimore, MD", "towson site", "21202", "(410) 555-0100", "4105550100", "holliday"]
)
def test_a_clinic_is_found_by_what_an_editor_has_at_hand(desk, words):
    clinic = make_clinic("Harbor Recovery", name_detail="Towson site")
    make_clinic(
        "Elsewhere", at=BOSTON, street="1 Main", city="Boston", state="MA", zip_code="02108", phone="617-555-0100"
    )
    found = desk.get(page_of("changelist", Clinic), {"q": words}).context["cl"].result_list
    assert [row.pk for row in found] == [clinic.pk]


def test_the_list_tells_place_offer_and_source(desk):
    clinic = make_busy_clinic()
    make_clinic("Nowhere", at=None)
    page = desk.get(page_of("changelist", Clinic)).content.decode()
    assert "OTP, methadone" in page
    assert "SAMHSA directory 2024" in page
    assert "not on the map" in page
    filtered = desk.get(page_of("changelist", Clinic), {"reports": "open", "offer": "otp", "location": "exact"})
    assert [row.pk for row in filtered.context["cl"].result_list] == [clinic.pk]


def test_unlisting_and_listing_again_is_logged_for_each_clinic(desk):
    clinics = [make_clinic("One"), make_clinic("Two"), make_clinic("Three", is_listed=False)]
    act(desk, Clinic, "unlist", clinics)
    assert not Clinic.objects.listed().exists()
    assert [history(clinic) for clinic in clinics] == [["Unlisted."], ["Unlisted."], []]
    act(desk, Clinic, "list_again", clinics)
    assert Clinic.objects.listed().count() == 3
    assert history(clinics[2]) == ["Listed."]


def test_a_clinic_closed_today_is_not_listed_until_it_is_listed_again(desk):
    clinic = make_clinic()
    act(desk, Clinic, "close_today", [clinic])
    clinic.refresh_from_db()
    assert (clinic.is_listed, clinic.closed_on) == (False, timezone.localdate())
    act(desk, Clinic, "list_again", [clinic])
    clinic.refresh_from_db()
    assert (clinic.is_listed, clinic.closed_on) == (True, None)


def test_a_merged_clinic_is_not_listed_again(desk):
    merged, survivor = make_clinic("Merged"), make_clinic("Survivor")
    merged.merge_into(survivor)
    response = act(desk, Clinic, "list_again", [merged])
    assert "merged into another clinic" in response.content.decode()
    merged.refresh_from_db()
    assert not merged.is_listed


def test_saving_without_a_change_makes_nobody_a_source(desk):
    clinic = make_busy_clinic()
    before = Clinic.objects.filter(pk=clinic.pk).values("service_ids", "treatment_bits", "patient_bits", "phone").get()
    save(desk, clinic)
    assert set(vouchers(clinic).values()) == {Source.SAMHSA_DIRECTORY}
    assert Clinic.objects.filter(pk=clinic.pk).values(*before).get() == before


def test_editing_the_phone_makes_the_editor_vouch_for_the_contact_alone(desk, editor):
    clinic = make_busy_clinic()
    save(desk, clinic, phone="(410) 555-0142 ext. 7", intake_phones="410.555.0143, 4105550144")
    assert clinic.phone == "410-555-0142 x7"
    assert clinic.intake_phones == ["410-555-0143", "410-555-0144"]
    contact = clinic.confirmations.get(fact_group=FactGroup.CONTACT)
    assert (contact.source, contact.edition) == (Source.EDITOR, "")
    assert (contact.confirmed_on, contact.confirmed_by) == (timezone.localdate(), editor)
    assert vouchers(clinic)[FactGroup.SERVICES] == vouchers(clinic)[FactGroup.PAYMENT] == Source.SAMHSA_DIRECTORY
    assert history(clinic) == ["Changed Phone and Intake phones."]


def test_editing_services_updates_the_masks_and_who_vouches_for_them(desk):
    clinic = make_busy_clinic()
    clinic.other_services = ["A code nobody knows"]
    clinic.save()
    services = Service.objects.filter(slug__in=["medicaid", "outpatient", "methadone"])
    save(desk, clinic, services=[service.pk for service in services])
    assert sorted(clinic.service_ids) == sorted(service.pk for service in services)
    slugs = clinic.facet_slugs
    assert (slugs["setting"], slugs["payment"], slugs["kind"]) == (["outpatient"], ["medicaid"], [])
    assert clinic.other_services == ["A code nobody knows"]
    assert vouchers(clinic) == {
        FactGroup.CONTACT: Source.SAMHSA_DIRECTORY,
        FactGroup.SERVICES: Source.EDITOR,
        FactGroup.PAYMENT: Source.SAMHSA_DIRECTORY,
    }


def test_editing_how_to_pay_makes_the_editor_vouch_for_payment_alone(desk):
    clinic = make_busy_clinic()
    save(desk, clinic, services=[pk for pk in clinic.service_ids if pk != Service.objects.get(slug="medicaid").pk])
    assert clinic.facet_slugs["payment"] == []
    assert vouchers(clinic)[FactGroup.PAYMENT] == Source.EDITOR
    assert vouchers(clinic)[FactGroup.SERVICES] == Source.SAMHSA_DIRECTORY


def test_editing_access_facts_makes_the_editor_vouch_for_their_group_alone(desk):
    clinic = make_busy_clinic()
    save(desk, clinic, days_to_first_visit="2", first_visit_cents="95.50", telehealth_states="md")
    assert (clinic.days_to_first_visit, clinic.first_visit_cents, clinic.telehealth_states) == (2, 9_550, ["MD"])
    assert vouchers(clinic)[FactGroup.AVAILABILITY] == Source.EDITOR
    assert FactGroup.HOURS not in vouchers(clinic)
    save(desk, clinic, open_hours="Mon-Fri 9-5pm")
    assert clinic.open_hours == tuple((day * 1440 + 540, day * 1440 + 1020) for day in range(5))
    assert clinic.time_zone == "America/New_York"
    assert vouchers(clinic)[FactGroup.HOURS] == Source.EDITOR
    save(desk, clinic, open_hours="")
    assert (clinic.open_hours, clinic.time_zone, clinic.days_to_first_visit) == (None, "", 2)


def test_an_address_that_moves_without_its_coordinates_is_pointed_out(desk):
    response = save(desk, make_clinic(), street="1 New Street")
    assert "check the place on the map" in response.content.decode()


def test_a_new_clinic_gets_the_point_of_its_zip_code_and_its_editor_as_source(desk):
    facts = {"name": "New Clinic", "city": "Baltimore", "state": "MD", "zip_code": "21202", "is_listed": "on"}
    for inline in ("corrections", "confirmations", "source_records", "fact_changes"):
        facts |= {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}
    desk.post(page_of("add", Clinic), facts)
    clinic = Clinic.objects.get(name="New Clinic")
    assert clinic.is_approximate
    assert clinic.latitude == ZipCode.objects.get(pk="21202").latitude
    assert vouchers(clinic) == {FactGroup.CONTACT: Source.EDITOR}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"phone": "911"}, "Write it like 617-555-0100"),
        ({"zip_code": "2139"}, "five digits"),
        ({"closed_on": "2026-01-31"}, "A closed clinic cannot be listed"),
        ({"latitude": "95"}, "Give both coordinates in decimal degrees"),
        ({"longitude": ""}, "Give both coordinates in decimal degrees"),
    ],
)
def test_a_fact_that_cannot_be_gets_a_sentence(desk, changes, sentence):
    clinic = make_clinic()
    response = desk.post(page_of("change", clinic, clinic.pk), facts_of(desk, clinic) | changes)
    assert sentence in response.content.decode()
    assert history(clinic) == []


def test_the_page_of_a_clinic_shows_its_evidence_and_costs_the_same_with_more_of_it(desk):
    clinic = make_busy_clinic()
    address = page_of("change", clinic, clinic.pk)
    desk.get(address)
    with CaptureQueriesContext(connection) as few:
        page = desk.get(address).content.decode()
    assert "BU, METH" in page
    assert "The line is &lt;b&gt;dead&lt;/b&gt;." in page
    assert clinic.get_absolute_url() in page
    for line in range(10):
        make_record(clinic, make_run(), line)
        make_correction(clinic)
    with CaptureQueriesContext(connection) as many:
        desk.get(address)
    assert len(few) == len(many) <= 14, [query["sql"][:300] for query in many]


# Corrections


def test_the_queue_of_reports_is_open_ones_oldest_first(desk):
    newer, older = make_correction(), make_correction(created_at=timezone.now() - timedelta(days=2))
    make_correction().close(Correction.Outcome.UNCLEAR, by=None)
    assert list(desk.get(page_of("changelist", Correction)).context["cl"].result_list) == [older, newer]
    everything = desk.get(page_of("changelist", Correction), {"outcome": "all"})
    assert len(everything.context["cl"].result_list) == 3


def test_a_report_is_read_beside_the_listing_and_closed_by_a_button(desk, editor):
    correction, following = make_correction(), make_correction()
    page = desk.get(page_of("change", correction, correction.pk)).content.decode()
    assert correction.clinic.phone in page
    assert "<textarea" not in page
    response = desk.post(page_of("change", correction, correction.pk), {"decision": "corrected", "note": "forged"})
    assert response.url == page_of("change", following, following.pk)
    correction.refresh_from_db()
    assert (correction.outcome, correction.closed_by) == (Correction.Outcome.CORRECTED, editor)
    assert correction.note == "The line is <b>dead</b>."
    assert history(correction) == ["Closed: the listing was corrected."]


@pytest.mark.parametrize("choice", ["", "open", "nonsense"])
def test_a_report_is_not_closed_without_an_outcome(desk, choice):
    correction = make_correction()
    desk.post(page_of("change", correction, correction.pk), {"decision": choice})
    correction.refresh_from_db()
    assert correction.outcome == Correction.Outcome.OPEN
    assert history(correction) == []


@pytest.mark.parametrize(
    ("action", "outcome"),
    [("close_as_corrected", "corrected"), ("close_as_stated", "as-stated"), ("close_as_unclear", "unclear")],
)
def test_several_reports_are_closed_at_once(desk, editor, action, outcome):
    corrections = [make_correction(), make_correction()]
    act(desk, Correction, action, corrections)
    for correction in corrections:
        correction.refresh_from_db()
        assert (correction.outcome, correction.closed_by) == (outcome, editor)
        assert len(history(correction)) == 1


# Duplicates


def test_a_pair_is_shown_beside_each_other_with_its_differences_marked(desk):
    pair = make_pair()
    page = desk.get(page_of("change", pair, pair.pk)).content.decode()
    rows = {row.label: row for row in desk.get(page_of("change", pair, pair.pk)).context["lines"]}
    assert rows["Phone"].differs
    assert not rows["Street"].differs
    assert 'class="differs"' in page
    assert "SAMHSA directory 2024, line 2001" in page


def test_two_places_stay_two(desk, editor):
    pair, next_pair = make_pair(1), make_pair(2)
    response = desk.post(page_of("change", pair, pair.pk), {"decision": "different"})
    assert response.url == page_of("change", next_pair, next_pair.pk)
    pair.refresh_from_db()
    assert (pair.decision, pair.decided_by) == (PossibleDuplicate.Decision.DIFFERENT, editor)
    assert pair.one.is_listed
    assert pair.other.is_listed
    act(desk, PossibleDuplicate, "are_two_places", [next_pair])
    next_pair.refresh_from_db()
    assert next_pair.decision == PossibleDuplicate.Decision.DIFFERENT
    assert desk.get(page_of("changelist", PossibleDuplicate)).context["cl"].result_count == 0


def test_one_place_keeps_the_side_that_was_chosen(desk, editor):
    pair = make_pair()
    desk.post(page_of("change", pair, pair.pk), {"decision": "keep-other"})
    pair.refresh_from_db()
    one, other = pair.one, pair.other
    assert (one.is_listed, one.merged_into) == (False, other)
    assert other.is_listed
    assert other.source_records.count() == 1
    assert (pair.decision, pair.decided_by) == (PossibleDuplicate.Decision.SAME, editor)
    assert history(one) == [f"Merged into {other} (number {other.pk})."]
    assert len(history(other)) == len(history(pair)) == 1
    again = desk.post(page_of("change", pair, pair.pk), {"decision": "different"}, follow=True)
    assert "already merged" in again.content.decode()


def test_merging_fills_what_the_survivor_lacks_and_leaves_what_it_states():
    merged = make_clinic(
        "Merged", services=OFFERED, phone="410-555-0111", website="https://merged.example", county="X"
    )
    survivor = make_clinic("Survivor", at=None, phone="410-555-0122", street="")
    Confirmation.objects.create(clinic=merged, fact_group=FactGroup.SERVICES, source=Source.CALLED)
    merged.merge_into(survivor)
    survivor.refresh_from_db()
    assert (survivor.name, survivor.phone, survivor.website) == ("Survivor", "410-555-0122", "https://merged.example")
    assert survivor.county == "X"
    assert survivor.service_ids == merged.service_ids
    assert survivor.facet_slugs["kind"] == ["otp"]
    assert vouchers(survivor) == {FactGroup.SERVICES: Source.CALLED}
    assert survivor.street == ""
    assert survivor.coordinates is None, "the point of the door would tell the private street"


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
    told = {"reason": "like names", "similarity": 0.8}
    pair = PossibleDuplicate.objects.create(one=first, other=second, **told)
    moved = PossibleDuplicate.objects.create(one=second, other=third, **told)
    pair.merge(first, by=editor)
    moved.refresh_from_db()
    assert (moved.one, moved.other) == (first, third)

    fourth = make_clinic("Fourth")
    asked = PossibleDuplicate.objects.create(one=first, other=fourth, **told)
    twice = PossibleDuplicate.objects.create(one=third, other=fourth, **told)
    moved.merge(first, by=editor)
    assert not PossibleDuplicate.objects.filter(pk=twice.pk).exists()
    assert PossibleDuplicate.objects.filter(pk=asked.pk).exists()


# What an import states otherwise


def test_ours_stays_right(desk, editor):
    difference = make_difference()
    desk.post(page_of("change", difference, difference.pk), {"decision": "ours"})
    difference.refresh_from_db()
    assert (difference.decision, difference.decided_by) == (ImportDifference.Decision.OURS, editor)
    assert difference.clinic.phone == "410-555-0100"
    another = make_difference(2)
    act(desk, ImportDifference, "keep_ours", [another])
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
    assert difference.decision == ImportDifference.Decision.THEIRS
    assert getattr(difference.clinic, field) == expected
    assert vouchers(difference.clinic) == {FactGroup.CONTACT: Source.EDITOR}
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


# Imports and the code book


def test_an_import_shows_its_messages_its_counts_and_its_rejections(desk):
    run = make_run(rejected=250)
    ImportRejection.objects.bulk_create(
        ImportRejection(run=run, line=line, reason="no city", text=f"row <{line}>") for line in range(1, 251)
    )
    page = desk.get(page_of("change", run, run.pk)).content.decode()
    assert "unknown code ZZZ, 3 times" in page
    assert "42.0 s" in page
    assert "row &lt;200&gt;" in page
    assert "row &lt;201&gt;" not in page
    link = f"{page_of('changelist', ImportRejection)}?run={run.pk}"
    assert link in page
    ImportRejection.objects.create(run=make_run(), line=1, reason="no city")
    assert desk.get(f"{link}&q=no+city").context["cl"].queryset.count() == 250


def test_a_service_tells_how_many_clinics_offer_it_and_is_found_by_code(desk):
    make_clinic("Listed", services=["methadone"])
    make_clinic("Unlisted", services=["methadone"], is_listed=False)
    service = Service.objects.get(slug="methadone")
    assert "1 listed, 2 in all" in desk.get(page_of("change", service, service.pk)).content.decode()
    code = service.codes.first()
    found = desk.get(page_of("changelist", Service), {"q": code.code}).context["cl"].queryset
    assert service in found


def test_zip_codes_without_a_place_say_so(desk):
    rows = desk.get(page_of("changelist", ZipCode), {"latitude__isempty": "1"}).context["cl"].queryset
    assert rows.count() > 500
