"""The table of the fake Stripe server was a table of the app listings before this app existed."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import modify_settings

from listings.fake_stripe import objects

pytestmark = pytest.mark.django_db
move_gateway_objects = import_module("listings.migrations.0003_move_gateway_objects")


def migrate(*targets) -> None:
    MigrationExecutor(connection).migrate(list(targets))


def tables() -> set[str]:
    return {name for name in connection.introspection.table_names() if name.endswith("_gatewayobject")}


def test_an_older_database_keeps_the_objects_of_its_development_gateway():
    customer = objects.make("customer", email="owner@practice.example")
    with connection.schema_editor() as editor, connection.cursor() as cursor:
        move_gateway_objects.restore_table(None, editor)
        cursor.execute("INSERT INTO listings_gatewayobject SELECT * FROM fake_stripe_gatewayobject")
    migrate(("fake_stripe", None))
    assert tables() == {"listings_gatewayobject"}
    migrate(("fake_stripe", "0001_initial"))
    assert tables() == {"fake_stripe_gatewayobject"}
    assert objects.get("customer", customer["id"])["email"] == "owner@practice.example"


@pytest.mark.parametrize("is_empty", [True, False])
@modify_settings(INSTALLED_APPS={"remove": "listings.fake_stripe"})
def test_without_the_app_an_empty_table_is_dropped_and_a_filled_one_stays(is_empty):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE fake_stripe_gatewayobject RENAME TO listings_gatewayobject")
        if not is_empty:
            row = "'cus_1', 'customer', '{}', '', NULL, now()"
            cursor.execute(f"INSERT INTO listings_gatewayobject VALUES ({row})")
    with connection.schema_editor() as editor:
        move_gateway_objects.drop_unused_table(None, editor)
    assert tables() == (set() if is_empty else {"listings_gatewayobject"})
