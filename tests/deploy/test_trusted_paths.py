"""`make drill-rehearse` finds what root opens in folders that somebody else may write."""

import os
import shutil

import pytest
from django.conf import settings

from deploy.drills.trusted_paths import distrusted, distrusted_below

US = frozenset({os.getuid()})
SOMEBODY = frozenset({os.getuid() + 1})


@pytest.fixture
def machine(tmp_path):
    """A tree as on a machine: logs, a certificate behind a link, a release."""
    for folder in ("log", "live", "archive", "srv/release"):
        (tmp_path / folder).mkdir(parents=True, mode=0o755)
    for file in ("log/access.log", "archive/cert1.pem", "srv/release/manage.py"):
        (tmp_path / file).touch(mode=0o640)
    (tmp_path / "live" / "cert.pem").symlink_to("../archive/cert1.pem")
    (tmp_path / "srv" / "current").symlink_to(tmp_path / "srv" / "release")
    return tmp_path


def found(machine, owners=US) -> list[str]:
    paths = [machine / name for name in ("log/access.log", "live/cert.pem", "srv/current")]
    told = [*distrusted(paths, owners=owners, top=machine), *distrusted_below(machine / "srv", owners)]
    return [sentence.removeprefix(f"{machine}/") for sentence in told]


def test_a_tree_that_is_roots_alone_is_well(machine):
    assert found(machine) == []


def test_a_folder_or_a_certificate_of_somebody_else_is_named_and_a_log_file_of_theirs_is_well(machine):
    told = found(machine, SOMEBODY)
    named = {sentence.split()[0] for sentence in told}
    assert {"log", "live", "live/cert.pem", "archive", "archive/cert1.pem", "srv", "srv/release/manage.py"} <= named
    assert "log/access.log" not in named
    assert f"log belongs to user {os.getuid()}, and root opens it or a file in it." in told


@pytest.mark.parametrize("place", ["log", "archive", "archive/cert1.pem", "srv/release/manage.py"])
def test_what_others_may_write_is_named_wherever_a_link_leads(machine, place):
    (machine / place).chmod(0o777)
    assert [sentence.split()[0] for sentence in dict.fromkeys(found(machine))] == [place]


def test_a_log_that_is_a_link_or_has_a_second_name_or_is_not_there_is_named(machine):
    log = machine / "log" / "access.log"
    (machine / "log" / "second").hardlink_to(log)
    assert found(machine) == ["log/access.log has a second name, and root writes to it."]
    log.unlink()
    log.symlink_to(machine / "archive" / "cert1.pem")
    assert found(machine) == ["log/access.log is a link, and root writes to it."]
    shutil.rmtree(machine / "archive")
    assert "archive/cert1.pem is not there, and root opens it." in found(machine)


def test_the_page_gives_root_the_folder_of_the_logs():
    page = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    assert "install -d -m 755 -o root -g adm /var/log/waypost\n" in page
