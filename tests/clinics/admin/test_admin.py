"""The admin as an editor uses it: every page that is registered answers, evidence stays, the first page counts."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django_q.models import Schedule

from clinics.models import (
    AccuracySample,
    AddressLookup,
    Call,
    City,
    Clinic,
    ClinicPhoto,
    ConfirmationRequest,
    Correction,
    CountyNotice,
    Evidence,
    FactChange,
    Hospital,
    ImportDifference,
    ImportRejection,
    ImportRun,
    ImportUpload,
    Pharmacy,
    PossibleDuplicate,
    Practitioner,
    ProposedChange,
    Rule,
    Service,
    ServiceCategory,
    ServiceCode,
    StateLine,
    ZipCode,
)
from tests.articles import factories as articles
from tests.clinics.admin.admin_client import INLINE, page_of, run_action
from tests.clinics.factories import (
    AccuracySampleFactory,
    BusyClinicFactory,
    CallFactory,
    ClinicPhotoFactory,
    ConfirmationRequestFactory,
    CorrectionFactory,
    CountyNoticeFactory,
    EvidenceFactory,
    FactChangeFactory,
    HospitalFactory,
    ImportDifferenceFactory,
    ImportRejectionFactory,
    ImportRunFactory,
    ImportUploadFactory,
    PharmacyFactory,
    ProposedChangeFactory,
    RuleFactory,
    StateLineFactory,
    make_busy_clinic,
    make_correction,
    make_difference,
    make_pair,
    make_run,
)
from tests.factories import PractitionerFactory, UserFactory, make_clinic
from tests.listings import factories as listings

pytestmark = pytest.mark.django_db

MOST_QUERIES_OF_A_LIST = 9  # two of them are the session and the user, two a savepoint


# Makes a row of every model that the admin shows; a model that is registered without one fails the tests below.
MAKE: dict[type, Callable] = {
    AccuracySample: AccuracySampleFactory,
    AddressLookup: lambda: AddressLookup.objects.create(
        geocoder="census", zip_code="21202", address=f"{AddressLookup.objects.count()} holliday st"
    ),
    Call: CallFactory,
    City: lambda: City.objects.get(state="MD", slug="baltimore"),
    Clinic: BusyClinicFactory,
    ClinicPhoto: ClinicPhotoFactory,
    ConfirmationRequest: ConfirmationRequestFactory,
    Correction: CorrectionFactory,
    CountyNotice: CountyNoticeFactory,
    Evidence: EvidenceFactory,
    FactChange: FactChangeFactory,
    Group: lambda: Group.objects.create(name=f"group {Group.objects.count()}"),
    ImportDifference: ImportDifferenceFactory,
    ImportRejection: ImportRejectionFactory,
    ImportRun: ImportRunFactory,
    ImportUpload: ImportUploadFactory,
    PossibleDuplicate: make_pair,
    ProposedChange: ProposedChangeFactory,
    Hospital: HospitalFactory,
    Pharmacy: PharmacyFactory,
    Practitioner: PractitionerFactory,
    Rule: RuleFactory,
    StateLine: StateLineFactory,
    Schedule: lambda: Schedule.objects.create(
        name=f"job {Schedule.objects.count()}", func="clinics.verification.jobs.send_reconfirmations"
    ),
    Service: lambda: Service.objects.get(slug="methadone"),
    ServiceCategory: lambda: ServiceCategory.objects.first(),
    ServiceCode: lambda: ServiceCode.objects.first(),
    User: UserFactory,
    ZipCode: lambda: ZipCode.objects.get(pk="21202"),
    **listings.ROWS,
    **articles.ROWS,
}
REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
EVIDENCE = [City, Hospital, ImportRejection, ImportRun, Service, ServiceCategory, ServiceCode, ZipCode]
every_model = pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model._meta.label)


# Every page


@every_model
def test_every_registered_page_answers(desk, model):
    assert model in MAKE, f"{model._meta.label} is in the admin: give MAKE a row of it"
    item, model_admin = MAKE[model](), admin.site._registry[model]
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
    MAKE[model]()
    desk.get(address)  # content types are remembered from the first page on
    with CaptureQueriesContext(connection) as few:
        desk.get(address)
    for _ in range(10):
        MAKE[model]()
    with CaptureQueriesContext(connection) as many:
        desk.get(address)
    assert len(many) == len(few)
    assert len(many) <= MOST_QUERIES_OF_A_LIST, [query["sql"][:150] for query in many]


@every_model
def test_every_filter_answers(desk, model):
    MAKE[model]()
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
def test_records_refuse_every_change(desk, model):
    item = MAKE[model]()
    assert desk.post(page_of("change", model, item.pk), {"name": "x"}).status_code == 403
    assert desk.post(page_of("add", model), {"name": "x"}).status_code == 403
    assert desk.post(page_of("delete", model, item.pk), {"post": "yes"}).status_code == 403
    run_action(desk, model, "delete_selected", [item])
    assert model.objects.filter(pk=item.pk).exists()


@pytest.mark.parametrize("model", [Clinic, PossibleDuplicate, ImportDifference], ids=lambda m: m.__name__)
def test_decisions_cannot_be_deleted(desk, model):
    item = MAKE[model]()
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
    Rule.objects.all().delete()  # of those of the project one ends soon
    page = desk.get(reverse("admin:index")).content.decode()
    assert "None waiting:" in page
    assert "reports from readers" in page  # the way there stays
    assert "Nothing was imported yet." in page


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
