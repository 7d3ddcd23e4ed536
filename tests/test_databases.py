"""A template is made once, from what it says it is made from; a copy belongs to one test and is dropped after it."""

import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg2
import pytest
from django.conf import settings

from tests import databases
from tests.databases import DEMO, KEPT, PLACES, Template, name_of, own_database

pytestmark = pytest.mark.slow

# Counts its runs in a file, and fails if there is one named "broken".
FILL = """
import os, pathlib, psycopg2
folder = pathlib.Path({folder!r})
with (folder / "runs").open("a") as runs:
    runs.write("x")
with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
    cursor.execute("CREATE TABLE made AS SELECT %s AS word", [(folder / "word.csv").read_text()])
assert not (folder / "broken").exists(), "it is broken"
"""
STAY = """
import django; django.setup()
from tests.databases import own_database
with own_database() as url:
    print(url, flush=True)
    input()
"""


@pytest.fixture
def template(tmp_path):
    """One of this test alone, made from word.csv."""
    (tmp_path / "word.csv").write_text("first")
    template = Template(f"of_{uuid.uuid4().hex[:8]}", FILL.format(folder=str(tmp_path)), ("*.csv",), root=tmp_path)
    yield template
    with databases.server_cursor() as server:
        for name in made_from(template):
            databases.drop(server, name)


def made_from(template) -> list[str]:
    with databases.server_cursor() as server:
        return databases.names(server, f"{databases.TEMPLATES}{template.name}_")


def word_in(url) -> str:
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT word FROM made")
        [[word]] = cursor.fetchall()
    connection.close()
    return word


def test_several_that_ask_at_once_get_a_copy_each_of_a_template_that_is_made_once(template):
    def ask(number):
        with own_database(template) as url:
            return name_of(url), word_in(url)

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, range(4)))
    assert len({name for name, _word in answers}) == 4
    assert {word for _name, word in answers} == {"first"}
    assert (template.root / "runs").read_text() == "x"
    [name] = made_from(template)
    with databases.server_cursor() as server:
        server.execute("SELECT datallowconn FROM pg_database WHERE datname = %s", [name])
        assert server.fetchall() == [(False,)], "nobody writes into the template"


def test_a_changed_file_makes_another_template_and_the_oldest_ones_are_dropped(template):
    for number in range(KEPT + 1):
        (template.root / "word.csv").write_text(f"word {number}")
        with own_database(template) as url:
            assert word_in(url) == f"word {number}"
    assert len(made_from(template)) == KEPT
    (template.root / "notes.txt").write_text("not one of its sources")
    with own_database(template):
        assert len((template.root / "runs").read_text()) == KEPT + 1


def test_a_template_begins_with_what_its_base_holds(template):
    derived = replace(template, name=f"{template.name}_derived", fill="", base=template)
    try:
        with own_database(derived) as url:
            assert word_in(url) == "first"
        with own_database(template) as url:
            assert word_in(url) == "first", "the base stays as it was"
    finally:
        with databases.server_cursor() as server:
            for name in made_from(derived):
                databases.drop(server, name)


def test_who_makes_one_template_stops_nobody_who_needs_another(template):
    of_another = f"{databases.TEMPLATES}another"
    with databases.server_cursor() as server, databases.lock(server, of_another), own_database(template) as url:
        assert word_in(url) == "first"


def test_what_was_left_half_made_is_made_anew(template):
    (template.root / "broken").touch()
    with pytest.raises(RuntimeError, match="it is broken"), own_database(template):
        pass
    (template.root / "broken").unlink()
    with own_database(template) as url:
        assert word_in(url) == "first"
    assert len(made_from(template)) == 1


def test_the_database_of_a_killed_process_is_dropped_by_the_next_one(template):
    process = subprocess.Popen(
        [sys.executable, "-c", STAY], cwd=settings.BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    name = name_of(process.stdout.readline().strip())
    with databases.server_cursor() as server, own_database() as in_use:
        with own_database(template):
            assert databases.names(server, name) == [name], "its process is alive"
        process.kill()
        process.communicate()
        with databases.lock(server, name):  # once the server has noticed
            pass
        with own_database(template):
            assert databases.names(server, name) == []
            assert databases.names(server, name_of(in_use)) == [name_of(in_use)]


@pytest.mark.parametrize(
    "pattern", ["*/migrations/0*.py", "clinics/data/*.csv", "clinics/management/commands/load_*.py"]
)
@pytest.mark.parametrize("template", [PLACES, DEMO], ids=["places", "demo"])
def test_migrations_data_and_loaders_are_what_the_real_templates_are_made_from(template, pattern):
    assert set(settings.BASE_DIR.glob(pattern)) <= set(template.files())


@pytest.mark.parametrize("path", ["clinics/migrations/0002_clinics.py", "clinics/data/services.csv"])
def test_a_changed_migration_or_data_file_gives_the_real_template_another_name(path, tmp_path):
    copy = replace(PLACES, root=tmp_path)
    for file in PLACES.files():
        target = tmp_path / file.relative_to(PLACES.root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())
    assert copy.database_name("18") == PLACES.database_name("18")
    with (tmp_path / path).open("a") as file:
        file.write("\n")
    assert copy.database_name("18") != PLACES.database_name("18")
