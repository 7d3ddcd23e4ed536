"""Rows that moved to tables of other apps: none is lost on the way, and the way back keeps what is known of them."""

import threading

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from clinics.models import ConfirmationRequest
from core.models import OutgoingEmail
from tests.databases import PLACES, name_of, own_database
from tests.factories import make_clinic

BEFORE_LISTINGS_MOVED, LISTINGS_MOVED = (
    ("listings", "0003_move_gateway_objects"),
    ("listings", "0004_mails_are_in_core"),
)
BEFORE_CLINICS_MOVED, CLINICS_MOVED = ("clinics", "0004_verification"), ("clinics", "0005_mails_are_in_core")
STATES = ("key", "to", "context", "locked_at", "sent_at", "error")


@pytest.fixture
def own(django_db_setup, django_db_blocker):
    """The default connection leads to a database of the test's own, whose migrations it may reverse."""
    with django_db_blocker.unblock(), own_database(PLACES) as url:
        given = connections["default"]
        connections["default"] = another(name=name_of(url))
        try:
            yield
        finally:
            connections["default"].close()
            connections["default"] = given


def another(name=""):
    """One more connection to the database of the test, or to the one of this name."""
    present = connections["default"]
    settings = present.settings_dict
    return type(present)({**settings, "NAME": name or settings["NAME"]}, "default")


def migrate(*targets) -> None:
    MigrationExecutor(connection).migrate(list(targets))


def execute(statement: str, on=connection) -> list[tuple]:
    with on.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def migrate_while_somebody_writes(target, table: str, statement: str) -> None:
    """`statement` is executed before the migration starts, and committed once the migration waits for `table`."""
    writer, migrating = another(), another()
    migrating.inc_thread_sharing()

    def run():
        connections["default"] = migrating  # of this thread alone
        migrate(target)

    thread = threading.Thread(target=run)
    try:
        writer.set_autocommit(False)
        execute(statement, on=writer)
        thread.start()
        while not execute(f"SELECT 1 FROM pg_locks WHERE NOT granted AND relation = to_regclass('{table}')"):
            assert thread.is_alive()
        writer.commit()
    finally:
        writer.close()
        thread.join()
        migrating.close()


def make_request() -> ConfirmationRequest:
    return ConfirmationRequest.objects.create(clinic=make_clinic(), email="desk@clinic.example")


def make_mail(key: str, template: str, **columns) -> OutgoingEmail:
    return OutgoingEmail.objects.create(key=key, template=template, to="owner@practice.example", **columns)


def states() -> list[tuple]:
    return list(OutgoingEmail.objects.order_by("key").values_list(*STATES))


def test_a_mail_that_is_written_while_the_mails_move_is_kept(own):
    migrate(BEFORE_LISTINGS_MOVED)
    late = """INSERT INTO listings_mail (key, template, "to", language, created_at, error, facts)
              VALUES ('late', 'receipt', 'owner@practice.example', 'en', now(), '', '{}')"""
    migrate_while_somebody_writes(LISTINGS_MOVED, "listings_mail", late)
    assert OutgoingEmail.objects.get().key == "late"


def test_a_mail_that_is_claimed_while_the_mails_move_is_not_sent_again(own):
    make_mail("claimed", "listings/receipt")
    migrate(BEFORE_LISTINGS_MOVED)
    migrate_while_somebody_writes(LISTINGS_MOVED, "listings_mail", "UPDATE listings_mail SET claimed_at = now()")
    assert not OutgoingEmail.objects.get().lock()


def test_a_reconfirmation_that_is_begun_while_the_mails_move_is_kept(own):
    request = make_request()
    migrate(BEFORE_CLINICS_MOVED)
    late = f"INSERT INTO clinics_confirmationmail (request_id, step, created_at) VALUES ({request.pk}, 0, now())"
    migrate_while_somebody_writes(CLINICS_MOVED, "clinics_confirmationmail", late)
    assert OutgoingEmail.objects.get().key == f"reconfirmation-{request.pk}-0"


@pytest.mark.parametrize(
    ("former", "table", "columns", "row"),
    [
        ("clinics_ratelimit", "core_ratecount", "key, day, period, count", "'of a sender', '2026-11-29', 0, 3"),
        ("clinics_dailysalt", "core_dailysalt", "day, salt", "'2026-11-29', 'of a day'"),
    ],
)
def test_a_count_that_is_written_while_the_counts_move_is_kept(own, former, table, columns, row):
    execute(f"CREATE TABLE {former} (LIKE {table})")
    migrate(("core", None))
    late = f"INSERT INTO {former} ({columns}) VALUES ({row})"
    migrate_while_somebody_writes(("core", "0001_rate_limits"), former, late)
    assert execute(f"SELECT count(*) FROM {table}") == [(1,)]


def test_an_object_that_is_written_while_the_gateway_of_development_moves_is_kept(own):
    migrate(("fake_stripe", None), ("listings", "0002_accounts"))
    late = "INSERT INTO listings_gatewayobject VALUES ('cus_late', 'customer', '{}', '', NULL, now())"
    migrate(BEFORE_LISTINGS_MOVED)
    migrate_while_somebody_writes(("fake_stripe", "0001_initial"), "listings_gatewayobject", late)
    assert execute("SELECT id FROM fake_stripe_gatewayobject") == [("cus_late",)]


def test_mails_of_owners_keep_their_state_on_the_way_back_and_again_forward(own):
    now = timezone.now()
    make_mail("bounced", "listings/receipt", locked_at=now, bounced_at=now)
    make_mail("locked", "listings/receipt", locked_at=now)
    make_mail("sent", "listings/approved", locked_at=now, sent_at=now, context={"listing": "Sample Practice"})
    make_mail("waiting", "listings/receipt", error="The mail server did not take it: timeout.")
    before = states()
    migrate(BEFORE_LISTINGS_MOVED)
    claimed = "SELECT key FROM listings_mail WHERE claimed_at IS NOT NULL ORDER BY key"
    assert execute(claimed) == [("bounced",), ("locked",), ("sent",)]
    assert execute("SELECT 1 FROM core_outgoingemail") == []
    migrate(LISTINGS_MOVED)
    assert states() == before


def test_reconfirmations_keep_their_state_on_the_way_back_and_again_forward(own):
    request, now = make_request(), timezone.now()
    for step, sent_at, locked_at in ((0, now, now), (1, None, now), (2, None, None)):
        context = {"request": request.pk, "step": step}
        columns = {"created_at": now, "locked_at": locked_at, "sent_at": sent_at, "context": context}
        make_mail(request.mail_key(step), "clinics/reconfirmation", **columns)
    migrate(BEFORE_CLINICS_MOVED)
    rows = execute("SELECT step, sent_at IS NOT NULL FROM clinics_confirmationmail ORDER BY step")
    assert rows == [(0, True), (1, False)]  # the third waited: it is sent when it is due
    migrate(CLINICS_MOVED)
    mails = OutgoingEmail.objects.order_by("key").values_list("key", "locked_at", "sent_at")
    assert list(mails) == [(request.mail_key(0), now, now), (request.mail_key(1), now, None)]


def test_a_mail_that_stayed_in_the_outbox_keeps_its_state(own):
    migrate(BEFORE_LISTINGS_MOVED)
    execute("""INSERT INTO listings_mail (key, template, "to", language, created_at, error, facts)
               VALUES ('stayed', 'receipt', 'owner@practice.example', 'en', now(), '', '{}')""")
    make_mail("stayed", "listings/receipt", sent_at=timezone.now())
    migrate(LISTINGS_MOVED)
    assert OutgoingEmail.objects.get().sent_at


def test_the_ledger_stays_append_only_on_the_way_back(own):
    execute("""INSERT INTO listings_ledgerentry (gateway_id, kind, amount_cents, fee_cents, net_cents, currency,
                   livemode, charge_id, customer_id, receipt_url, happened_at, recorded_at)
               VALUES ('txn_1', 'payment', 900, 0, 900, 'usd', false, 'ch_1', '', '', now(), now())""")
    refund = """INSERT INTO listings_ledgerentry (gateway_id, kind, amount_cents, fee_cents, net_cents, currency,
                   livemode, charge_id, customer_id, receipt_url, happened_at, recorded_at)
                VALUES ('txn_2', 'refund', -901, 0, -901, 'usd', false, 'ch_1', '', '', now(), now())"""
    for target in (LISTINGS_MOVED, ("listings", "0005_triggers"), LISTINGS_MOVED):
        migrate(target)
        for statement, message in (
            ("UPDATE listings_ledgerentry SET fee_cents = 1, net_cents = 899", "append-only"),
            ("DELETE FROM listings_ledgerentry", "append-only"),
            (refund, "exceed its payment"),
        ):
            with pytest.raises(IntegrityError, match=message):
                execute(statement)


@pytest.mark.parametrize(
    ("app", "model", "before", "after"),
    [
        ("listings", "mail", BEFORE_LISTINGS_MOVED, LISTINGS_MOVED),
        ("clinics", "confirmationmail", BEFORE_CLINICS_MOVED, CLINICS_MOVED),
    ],
)
@pytest.mark.parametrize("is_made", [True, False])
def test_staff_who_could_see_the_former_mails_can_see_outgoing_mails(own, app, model, before, after, is_made):
    migrate(before)
    if not is_made:  # as in a database that is older than the outbox
        Permission.objects.filter(codename="view_outgoingemail").delete()
        ContentType.objects.filter(app_label="core", model="outgoingemail").delete()
    kind, _created = ContentType.objects.get_or_create(app_label=app, model=model)
    former, _created = Permission.objects.get_or_create(content_type=kind, codename=f"view_{model}")
    user, member, other = (User.objects.create_user(name, is_staff=True) for name in ("user", "member", "other"))
    support = Group.objects.create(name="support")
    support.permissions.add(former)
    member.groups.add(support)
    user.user_permissions.add(former)
    migrate(after)
    assert [each.has_perm("core.view_outgoingemail") for each in (user, member, other)] == [True, True, False]
