"""No route is left out of what plants a ZIP code in every address: the test of the log, and the canary."""

from tests.routes import CLOSED, ROWS, WITHOUT_ROWS, routes


def test_every_part_of_every_route_says_which_row_it_names():
    parts = {start for route in routes() for start in route.parts.values() if not start.startswith(WITHOUT_ROWS)}
    assert parts == ROWS.keys()


def test_something_can_be_typed_into_every_part_of_every_route():
    rows = {kind: "1" for kind in ROWS.values() if kind}
    missing = [
        start
        for route in routes()
        for name, start in route.parts.items()
        if start not in CLOSED and not route.typed(rows)[name]
    ]
    assert missing == []
    assert len(routes()) > 300
