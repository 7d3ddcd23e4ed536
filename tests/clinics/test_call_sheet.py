import pytest
from django.http import QueryDict

from clinics.call_sheet import search_parameters, sheet_query
from clinics.models import Clinic


def test_the_way_back_keeps_the_search_and_nothing_else():
    query = QueryDict("near=02139&medication=methadone&medication=naltrexone&id=1&page=2&format=json&evil=1&radius=")
    kept = search_parameters(query)
    assert kept == [("near", "02139"), ("medication", "methadone"), ("medication", "naltrexone")]
    assert sheet_query([Clinic(pk=7), Clinic(pk=9)], kept) == (
        "id=7&id=9&near=02139&medication=methadone&medication=naltrexone"
    )


@pytest.mark.parametrize("value", ["02139\n\x00x" + "y" * 500])
def test_a_garbled_search_is_carried_short_and_on_one_line(value):
    query = QueryDict(mutable=True)
    query["near"] = value
    [(_, text)] = search_parameters(query)
    assert text.isprintable()
    assert len(text) <= 100
