"""Every column that names a user has a row that says what becomes of it."""

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model

from listings.personal_data.table import HELD, Fate


def columns_of_users() -> set[str]:
    """ "app.Model.field" of each relation to the user, in the models of every installed app."""
    user = get_user_model()
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.related_model is user and not field.auto_created
    }


def test_every_column_that_names_a_user_has_a_row():
    assert columns_of_users() == set(HELD)


@pytest.mark.parametrize("label", HELD)
def test_a_row_can_be_done_and_is_exported_or_says_why_not(label):
    held, (app, model, name) = HELD[label], label.split(".")
    field = apps.get_model(app, model)._meta.get_field(name)
    assert bool(held.name) == bool(held.columns)
    assert held.why
    if held.fate is Fate.CLEAR:
        assert field.null, "a column that cannot be empty cannot be cleared"
