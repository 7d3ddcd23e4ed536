"""Fetch all substance-use facilities of a state from FindTreatment.gov, as one file for the readers.

Source: FindTreatment.gov developer guide, `GET /locator/exportsAsJson/v2`: `sAddr` is "latitude,longitude",
`limitType` 2 limits by distance, `limitValue` is that distance in metres, `sType` is "sa"; the answer has page,
totalPages, recordCount and rows. It answers a parameter that it
refuses with status 200 and a line of plain text. No other module contacts it.
"""

import json
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypedDict

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from clinics.geo import METRES_PER_MILE, Coordinates, miles_between
from clinics.models import ZipCode

PAGE_SIZE = 200
PAUSE_SECONDS = 1.0  # between two pages: it is a public service with other readers
TIMEOUT_SECONDS = 30
MOST_PAGES = 500
RETRIES = Retry(total=4, backoff_factor=0.5, status_forcelist=(429, 500, 502, 503, 504), allowed_methods=["GET"])


MARGIN_MILES = 25  # beyond the outermost ZIP code: its point is not where its last street is


class FindTreatmentUnavailable(Exception):  # noqa: N818 - what happened, not a fault of ours
    """It could not be reached, or did not answer with facilities; str() is one plain sentence."""


class Answer(TypedDict):
    """One page, named as the interface names it."""

    rows: list[dict[str, Any]]
    totalPages: int
    recordCount: int


def circle_around(state: str) -> tuple[Coordinates, float]:
    """The middle of a state's ZIP codes and the miles from there to the outermost, with a margin.

    Raises FindTreatmentUnavailable for letters that are not a state.
    """
    zip_codes = ZipCode.objects.filter(state=state if state.isalpha() else "")
    points = [
        Coordinates(latitude, longitude)
        for latitude, longitude in zip_codes.values_list("latitude", "longitude")
        if latitude is not None and longitude is not None
    ]
    if not points:
        raise FindTreatmentUnavailable(f"'{state}' is not a state we know; write its two letters, such as NY.")
    # Not the mean of the points, which lies near the towns: the circle has to reach both ends of the state.
    south, north = min(point.latitude for point in points), max(point.latitude for point in points)
    west, east = min(point.longitude for point in points), max(point.longitude for point in points)
    middle = Coordinates((south + north) / 2, (west + east) / 2)
    return middle, max(miles_between(middle, point) for point in points) + MARGIN_MILES


def fetch_state(
    state: str,
    centre: Coordinates,
    reach_miles: float,
    folder: Path,
    *,
    address: str,
    pause_seconds: float = PAUSE_SECONDS,
    on_page: Callable[[int, int], None] = lambda page, pages: None,
) -> Path:
    """Fetch everything within `reach_miles` of `centre`, keep what lies in `state`, and write it to a file.

    Returns the file, whose name holds state and day, as the readers expect. Raises FindTreatmentUnavailable, and then
    nothing was written, unless every page came and the number of rows is the announced one.
    """
    rows: list[dict[str, Any]] = []
    with requests.Session() as session:
        for prefix in ("https://", "http://"):
            session.mount(prefix, HTTPAdapter(max_retries=RETRIES))
        page, pages, expected = 1, 1, 0
        while page <= pages:
            if page > 1:
                time.sleep(pause_seconds)
            answer = _fetch_page(session, address, centre, reach_miles, page)
            rows += answer["rows"]
            pages, expected = answer["totalPages"], answer["recordCount"]
            on_page(page, pages)
            page += 1
    if len(rows) != expected:
        raise FindTreatmentUnavailable(
            f"FindTreatment.gov announced {expected:,} facilities and sent {len(rows):,}; ask again later."
        )
    in_state = [row for row in rows if str(row.get("state", "")).upper() == state]
    if not in_state:
        raise FindTreatmentUnavailable(f"FindTreatment.gov sent no facility in {state}; nothing was imported.")
    path = folder / f"findtreatment_{state}_{date.today():%Y-%m-%d}.json"  # noqa: DTZ011 - the day here is meant
    path.write_text(json.dumps({"rows": in_state}))
    return path


def _fetch_page(session: requests.Session, address: str, centre: Coordinates, reach_miles: float, page: int) -> Answer:
    """One page of the answer, checked for its shape."""
    query: dict[str, str | int] = {
        "sType": "sa",
        "sAddr": f"{centre.latitude:.5f},{centre.longitude:.5f}",
        "limitType": 2,
        "limitValue": round(reach_miles * METRES_PER_MILE),
        "pageSize": PAGE_SIZE,
        "page": page,
        "sort": 0,
    }
    try:
        # Redirects are not followed: the owner of the site decides which host is contacted.
        response = session.get(address, params=query, timeout=TIMEOUT_SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise FindTreatmentUnavailable("FindTreatment.gov cannot be reached; try again later.") from error
    if response.status_code != requests.codes.ok:
        raise FindTreatmentUnavailable(f"FindTreatment.gov answered with status {response.status_code}; try later.")
    try:
        answer = response.json()
        pages, count, rows = int(answer["totalPages"]), int(answer["recordCount"]), answer["rows"]
    except (ValueError, KeyError, TypeError) as error:
        text = " ".join(response.text.split())[:100]
        raise FindTreatmentUnavailable(f"FindTreatment.gov did not send facilities but: “{text}”.") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or not 0 <= pages <= MOST_PAGES:
        raise FindTreatmentUnavailable("FindTreatment.gov answered in a shape we do not know; nothing was imported.")
    return {"rows": rows, "totalPages": pages, "recordCount": count}
