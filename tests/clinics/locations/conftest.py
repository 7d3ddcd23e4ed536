import fcntl
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from clinics.locations.router import RoadMap
from tests.clinics.locations import archipelago


@pytest.fixture(scope="session")
def router_environment() -> None:
    """The router's Python, made by the first test that needs it: 90 MB, once a checkout."""
    folder = Path(settings.BASE_DIR) / "var"
    folder.mkdir(exist_ok=True)
    with (folder / "roads-environment.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = ["make", "-s", "roads-environment"]
        made = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True)
    if made.returncode:
        pytest.fail(
            f"The router of minutes by car could not be installed: {made.stderr.strip()[-500:]}", pytrace=False
        )


@pytest.fixture
def own_folder(settings, tmp_path) -> Path:
    """Where the site writes."""
    settings.VAR_DIR = tmp_path
    return tmp_path


@pytest.fixture(scope="session")
def mapped(router_environment, tmp_path_factory) -> Path:
    """A folder with the extract of the archipelago and its map."""
    folder = tmp_path_factory.mktemp("archipelago")
    extract = archipelago.roads().write(folder / "archipelago.osm.pbf", as_of=archipelago.AS_OF)
    with override_settings(VAR_DIR=folder):
        RoadMap(extract).make()
    return folder


@pytest.fixture
def extract(mapped, settings) -> Path:
    settings.VAR_DIR = mapped
    return mapped / "archipelago.osm.pbf"


@pytest.fixture
def road_map(extract) -> RoadMap:
    return RoadMap(extract)
