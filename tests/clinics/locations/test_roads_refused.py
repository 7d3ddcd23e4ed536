"""What the job says where it cannot work."""

import os
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinics.locations.extracts import BrokenExtract, day_of
from clinics.locations.router import RoadMap
from tests.clinics.locations import archipelago as world
from tests.osm import Roads


def refusal(extract: Path, *states: str) -> str:
    with pytest.raises(CommandError) as error:
        call_command("route_clinics", extract=extract, state=list(states), verbosity=0)
    return str(error.value)


@pytest.fixture
def drawn(tmp_path) -> Path:
    return world.roads().write(tmp_path / "archipelago.osm.pbf")


@pytest.mark.django_db
def test_a_state_that_is_none(drawn):
    assert refusal(drawn, "NY", "XY", "new york") == (
        "We know no ZIP code of NEW YORK, XY. Name a state by its two letters: NY."
    )


@pytest.mark.django_db
def test_an_environment_that_is_not_there(drawn, settings):
    settings.ROADS_PYTHON = "/nowhere/python"
    assert refusal(drawn, "NY").startswith("There is no router at /nowhere/python. Make its environment with")


@pytest.mark.django_db
def test_an_environment_without_the_router(drawn, settings):
    settings.ROADS_PYTHON = sys.executable
    assert refusal(drawn, "NY").startswith(f"The Python at {sys.executable} has no router. Make its environment with")


@pytest.mark.slow
@pytest.mark.django_db
def test_files_that_are_no_extract(router_environment, own_folder, drawn):
    other = RoadMap(Roads().write(own_folder / "other.osm.pbf"))
    other.folder.mkdir(parents=True)
    missing, text, cut, empty = (own_folder / f"{name}.pbf" for name in ("missing", "text", "cut", "empty"))
    text.write_text("<osm version='0.6'></osm>")
    cut.write_bytes(drawn.read_bytes()[:-100])
    Roads().write(empty)
    renamed = drawn.rename(drawn.with_name("archipelago.zip"))
    assert refusal(missing, "NY") == f"{missing} cannot be read: No such file or directory."
    assert refusal(renamed, "NY") == f"{renamed} is no OpenStreetMap extract: its name must end in .pbf."
    assert refusal(text, "NY") == f"{text} is no OpenStreetMap extract: it needs the format .osm.pbf."
    assert refusal(cut, "NY") == f"No map of roads can be made of {cut}: PBF error: unexpected EOF."
    assert refusal(empty, "NY").startswith(f"No map of roads can be made of {empty}: ")
    assert other.is_made, "the map that serves until there is a new one"


def test_the_day_of_an_extract_is_the_one_it_states_or_that_of_the_file(tmp_path):
    stated = Roads().write(tmp_path / "stated.osm.pbf", as_of=world.AS_OF)
    silent = Roads().write(tmp_path / "silent.osm.pbf")
    os.utime(silent, (0, 86_400))
    assert day_of(stated) == "2026-11-01"
    assert day_of(silent) == "1970-01-02"


@pytest.mark.parametrize("length", [0, 3, 4, 10, 17, 30])
def test_an_extract_that_is_cut_off_in_its_first_block(tmp_path, drawn, length):
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes(drawn.read_bytes()[:length])
    with pytest.raises(BrokenExtract, match=r"is no OpenStreetMap extract"):
        day_of(cut)
