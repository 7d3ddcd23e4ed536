"""kill -9 during an import, a submission, a payment event, a comment and geocoding: nothing is lost, nothing twice.

Two moments of each; ten in `make test-deep` and `make drill-kills`, which prints them.
"""

import pytest

from tests.conftest import remove_written_rows
from tests.depth import tries
from tests.kills.children import POINTS, Work, die, moments_of, undisturbed
from tests.kills.works import COMMENT, PAYMENT, SUBMISSION, geocoding_work, import_work

pytestmark = [pytest.mark.slow, pytest.mark.deep, pytest.mark.usefixtures("without_rollback")]


def ends_as_if_undisturbed(work: Work) -> list[int]:
    """The moments at which it was killed; after each it was done again."""
    remove_written_rows()  # and begin to count ids anew
    count, state = undisturbed(work)
    moments = moments_of(count, tries(2, POINTS))
    for moment in moments:
        remove_written_rows()
        assert die(work, moment) == state, f"{work.name}, killed at moment {moment} of {count}"
    print(
        f"\n{work.name:<14} {', '.join(map(str, moments[:-1]))} of {count}, and before the answer: as if undisturbed"
    )
    return moments


@pytest.mark.parametrize("work", [SUBMISSION, PAYMENT, COMMENT], ids=lambda work: work.name)
def test_what_is_killed_and_sent_again_ends_as_if_undisturbed(work):
    assert ends_as_if_undisturbed(work)


def test_an_import_that_is_killed_and_run_again_ends_as_if_undisturbed(tmp_path):
    assert ends_as_if_undisturbed(import_work(tmp_path))


def test_geocoding_that_is_killed_and_run_again_ends_as_if_undisturbed(settings):
    with geocoding_work(settings) as (work, server):
        assert ends_as_if_undisturbed(work)
        assert max(server.asked.values()) <= 2 * (1 + tries(2, POINTS))  # a death and its repetition ask once each
