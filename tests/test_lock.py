"""The lock on facts that steer a patient: every place of the code that writes one, by its name, and who writes there.

A new one without a row here fails. What each writer may do is proved below and beside the code of each.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinics.verification.lock import LIVE_AT_ONCE, STEERING, Writer, refuse_if_waiting, waits

ROOT = Path(__file__).parent.parent
COLUMNS = STEERING - {"point", "practitioners"} | {"latitude", "longitude", "position"}
WRITING_METHODS = ("update", "update_or_create", "get_or_create", "create", "bulk_create", "bulk_update")
MUTATORS = ("append", "extend", "insert", "remove", "clear")  # of a list
OPENERS = ("setattr", "pin", "publish", "_set_clinic")  # what writes any column, or whatever it is given
SQL = re.compile(r'(update|insert into)\s+"?clinics_clinic"?[\s(]', re.IGNORECASE)
# Where a fact of a clinic is written, and by whom. OWNER and LINK rows must hold their changes back themselves.
WRITERS = {
    "clinics.admin.clinic_form.ClinicForm": Writer.EDITOR,
    "clinics.admin.clinics.ClinicAdmin._set": Writer.EDITOR,
    "clinics.admin.differences.take_over": Writer.EDITOR,
    "clinics.models.merging.merge": Writer.EDITOR,
    "clinics.models.merging._fill": Writer.EDITOR,
    "clinics.models.merging._hand_on": Writer.EDITOR,
    "clinics.verification.proposals.approve": Writer.EDITOR,
    "listings.models.listing.Listing._set_clinic": Writer.EDITOR,  # callers: the admin, a claim or closing approved
    "clinics.imports.apply._write_clinics": Writer.IMPORT,
    "clinics.imports.restore._write": Writer.RESTORE,
    "clinics.demo.load": Writer.DEMO,
    "clinics.demo.invent": Writer.DEMO,
    "clinics.demo.place_at": Writer.DEMO,
    "clinics.admin.clinics.ClinicAdmin.save_model": Writer.EDITOR,
    "clinics.admin.geocoding.save_points": Writer.EDITOR,
    "listings.admin.submissions.SubmissionAdmin._approve": Writer.EDITOR,
    "listings.models.claim.Claim._add_owner": Writer.EDITOR,
    "listings.models.listing.Listing.close": Writer.EDITOR,
    "listings.models.listing.Listing.reopen": Writer.EDITOR,
    "clinics.verification.forms.ConfirmForm": Writer.LINK,
    "clinics.verification.forms.ConfirmForm.take_out": Writer.LINK,
    "listings.wizard.publishing.publish": Writer.OWNER,
    "listings.wizard.submissions.send_in": Writer.OWNER,
    "listings.wizard.publishing._write_fields": Writer.OWNER,
    "listings.wizard.publishing._write_practitioners": Writer.OWNER,
}
# The same words about something that is no clinic, or about columns that steer nobody: a new write there fails too.
ELSEWHERE = {
    # The register of NPIs, money and the deletion of an account: tables of their own, or the contact that says where
    # a confirmation is mailed to.
    "clinics.verification.npi_files._upsert": {"setattr()"},
    "clinics.verification.npi_files._write_places": {"bulk"},
    "listings.billing.accounting.Totals.add": {"setattr()"},
    "listings.billing.failures._tell_operator": {"get_or_create(**)"},
    "listings.billing.orders._order": {"update(**)"},
    "listings.fake_stripe.api.invoices.create_invoice": {"create(**)"},
    "listings.models.billing_account.BillingAccountQuerySet.for_buyer": {"name"},
    "listings.models.subscription.Subscription.want_end": {"update(**)", "setattr()"},
    "listings.models.subscription_fields.GatewayState.copy_from": {"setattr()"},
    "listings.personal_data.deletion._forget_payer": {"name"},
    "listings.personal_data.deletion.delete_account": {"update(**)"},
    # Pictures and articles, mails and jobs.
    "articles.admin.revisions._without_what_was_deleted": {"setattr()"},
    "articles.admin.pictures.PictureAdmin.save_model": {"name"},
    "articles.admin.next_versions.LiveArticles.publish_anyway": {"publish()"},
    "articles.admin.revisions._bring_back": {"setattr()"},
    "articles.models.comments.Comment.reply_as_site": {"name"},
    "articles.models.comments.CommentQuerySet.decide": {"update(**)"},
    "articles.models.next_versions.carry_over": {"update(**)"},
    "articles.models.next_versions.copy_columns": {"setattr()"},
    "articles.models.reviews.ReviewQuerySet.confirm_spelling": {"create(**)", "name"},
    "articles.models.reviews.ReviewQuerySet.sign": {"create(**)", "name"},
    "articles.models.translations.Translation.take": {"setattr()"},
    "articles.models.translations.start": {"bulk"},
    "articles.pictures.store_upload": {"name"},
    "clinics.models.photos.ClinicPhoto.add": {"name"},
    "core.models.OutgoingEmail.mark_sent": {"update(**)"},
    "core.schedules.write_schedules": {"create(**)", "name", "update(**)"},
    # Pharmacies, lines of states, notices, reports, calls, orders, submissions, uploads: columns of the same names.
    "clinics.admin.closures.CountyNoticeForm.clean_places": {"state"},
    "clinics.imports.uploads._mark": {"update(**)"},
    "clinics.management.nearest_zips.with_zip_codes": {"zip_code"},
    "clinics.management.towns.with_towns": {"latitude", "longitude"},
    "clinics.models.pharmacies.Pharmacy.clean": {"phone"},
    "clinics.models.pharmacies.Pharmacy.merge_into": {"street"},
    "clinics.models.pharmacies.PharmacyQuerySet.named": {"get_or_create(**)", "phone"},
    "clinics.models.proposals.ProposedChange.decide": {"setattr()"},
    "clinics.models.tonight.StateLine.clean": {"phone"},
    "clinics.shipped._read": {"setattr()"},
    "clinics.verification.call_list._report": {"phone"},
    "clinics.verification.call_list.finish": {"setattr()"},
    "clinics.verification.reports.store_report": {"phone"},
    "listings.models.claim.Claim.make_code": {"update(**)"},
    "listings.models.claim.Claim.mark_not_sent": {"update(**)"},
    "listings.models.claim.Claim.request_code": {"setattr()", "update(**)"},
    "listings.models.listing.Listing._move": {"setattr()"},
    "listings.models.order.Order.place": {"create(**)"},
    "listings.models.order.Order.store_error": {"update(**)"},
    "listings.models.submission.Submission.decide": {"setattr()"},
    "listings.wizard.submissions.begin_changes": {"create(**)"},
    # Of what was typed into a search.
    "clinics.search.filters.ClinicFilter": {"form"},
    "clinics.search.typed.find_place": {"name"},
    "clinics.search.typed_names.place_at_the_end": {"name"},
    "clinics.search.typed_names.place_of_readings": {"name"},
    "clinics.search.typed_zips.leave_out": {"name"},
    "clinics.search.typed_zips.place_of_digits": {"name"},
    "clinics.search.words.take": {"state"},
    # Columns of a clinic that steer nobody: services, access facts, warnings, keys, points that follow an address.
    "clinics.imports.apply": {"SQL"},
    "clinics.imports.rederive.index_places": {"bulk"},
    "clinics.imports.restore._write_points": {"update_or_create(**)", "zip_code"},
    "clinics.locations.lookups._settle": {"bulk"},
    "clinics.locations.placing": {"SQL"},
    "clinics.locations.placing.pin": {"latitude", "longitude", "zip_code"},
    "clinics.management.commands.load_codebook.update_facets": {"bulk"},
    "clinics.models.availability.AvailabilityFields.as_known": {"setattr()"},
    "clinics.models.clinic.Clinic.set_services": {"setattr()"},
    "clinics.models.merging._fill_availability": {"setattr()"},
    "clinics.models.reports.warn_of_phone": {"update(**)"},
    "clinics.models.triggers": {"SQL"},
    "clinics.verification.provenance.answer": {"setattr()"},
    "core.clock.mend": {"update(**)"},
    # Clinics that are never saved.
    "listings.emails.previews.example": {"city", "name", "state"},
    "listings.wizard.steps.offers.VisitStep.practice": {"Clinic(**)"},
    "listings.wizard.steps.place.MapStep.map": {"Clinic(**)", "street"},
    "listings.wizard.preview._place": {"latitude", "longitude"},
}


def writing_places() -> dict[str, set[str]]:
    """{dotted name of a function or form: what it writes of STEERING, or how it writes any column}."""
    found: dict[str, set[str]] = {}
    for folder in ("articles", "clinics", "config", "core", "listings"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "migrations" not in path.parts:
                module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
                for place, written in writes_in(path.read_text(encoding="utf-8"), module):
                    found.setdefault(place, set()).add(written)
    return found


def writes_in(code: str, module: str) -> list[tuple[str, str]]:
    return list(_writes_below(ast.parse(code), module))


def _writes_below(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    for child in ast.iter_child_nodes(node):
        is_named = isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        inside = f"{name}.{child.name}" if is_named else name
        yield from ((inside, written) for written in _written_by(child, of_models=name.startswith("clinics.models")))
        yield from _writes_below(child, inside)


def _written_by(node: ast.AST, *, of_models: bool) -> Iterator[str]:
    if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            yield from _columns_of(target, of_models)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value):
        yield "SQL"
    elif isinstance(node, ast.ClassDef) and any(map(_is_meta_of_clinics, node.body)):
        yield "form"
    elif isinstance(node, ast.Call):
        yield from _written_by_call(node)


def _written_by_call(call: ast.Call) -> Iterator[str]:
    name, on = (call.func.attr, ast.unparse(call.func.value)) if isinstance(call.func, ast.Attribute) else ("", "")
    name = name or ast.unparse(call.func)
    keywords = {keyword.arg for keyword in call.keywords}
    if name in OPENERS or (name == "modelform_factory" and "Clinic" in ast.unparse(call)):
        yield f"{name}()"
    if name in MUTATORS and on.rpartition(".")[2] in COLUMNS:
        yield on.rpartition(".")[2]
    if name.startswith("bulk_") and ("Clinic." in on or any(f"'{column}'" in ast.unparse(call) for column in COLUMNS)):
        yield "bulk"
    if name in WRITING_METHODS or name == "Clinic":
        yield from (str(keyword) for keyword in keywords & COLUMNS)
        if None in keywords:
            yield f"{name}(**)"
    if re.search(r"\bPractitioner\b|\bpractitioners\b", on) and name in (*WRITING_METHODS, "delete", "add", "set"):
        yield "practitioners"
    if name == "Practitioner":
        yield "practitioners"


def _columns_of(target: ast.expr, of_models: bool) -> Iterator[str]:
    if isinstance(target, ast.Tuple):
        for each in target.elts:
            yield from _columns_of(each, of_models)
    elif isinstance(target, ast.Attribute) and target.attr in COLUMNS:
        is_own = isinstance(target.value, ast.Name) and target.value.id == "self"
        if of_models or not is_own:
            yield target.attr


def _is_meta_of_clinics(node: ast.AST) -> bool:
    """Of the class Meta: `model = Clinic`."""
    return (
        isinstance(node, ast.ClassDef)
        and node.name == "Meta"
        and bool(re.search(r"model = (\w+\.)?Clinic\b", ast.unparse(node)))
    )


def test_every_place_that_writes_a_steering_fact_has_a_writer():
    found = writing_places()
    assert {place: written for place, written in found.items() if place not in WRITERS} == ELSEWHERE
    assert set(WRITERS) <= set(found)


@pytest.mark.parametrize(
    "code",
    [
        "clinic.phone = x",
        "clinic.phone: str = x",
        "clinic.latitude, clinic.longitude = x",
        "clinic.intake_phones.append(x)",
        "setattr(clinic, x, y)",
        "rows.bulk_update(rows, ['phone'])",
        "Clinic.objects.filter(pk=x).update(website=y)",
        "Clinic.objects.filter(pk=x).update(**y)",
        "Practitioner(clinic=x).save()",
        "clinic.practitioners.all().delete()",
        "modelform_factory(Clinic, fields=['phone'])",
        "cursor.execute('update \"clinics_clinic\" set phone = 1')",
        "publish(submission, slugs, user, Writer.EDITOR)",
        "pin(clinic, OWNER, x)",
        "listing._set_clinic(is_listed=False)",
        "class Meta:\n        model = models.Clinic",
    ],
)
def test_a_new_place_is_found(code):
    kind = "class Form" if code.startswith("class") else "def change(clinic)"
    assert writes_in(f"{kind}:\n    {code}\n", "clinics.new")


@pytest.mark.parametrize("writer", Writer)
@pytest.mark.parametrize("fact", sorted(STEERING))
def test_who_is_no_editor_list_or_demo_changes_no_steering_fact_alone(writer, fact):
    assert waits(writer, ["description", fact]) is (writer not in LIVE_AT_ONCE)
    assert not waits(writer, ["description", "open_hours"])
    if writer not in LIVE_AT_ONCE:
        with pytest.raises(PermissionError, match=fact):
            refuse_if_waiting(writer, [fact])
