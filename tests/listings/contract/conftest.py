import pytest

from tests.listings.contract import recorder
from tests.listings.contract.gateways import EMBEDDED, KEY, STRIPE, Gateway

if KEY and not KEY.startswith(("sk_test_", "rk_test_")):
    raise pytest.UsageError("STRIPE_TEST_KEY must be a key of the test mode: these tests create and refund payments.")

TARGETS = [EMBEDDED] if not KEY else [EMBEDDED, pytest.param(STRIPE, marks=pytest.mark.enable_socket)]
collect_ignore = [] if KEY else ["test_only_at_stripe.py"]


@pytest.fixture(params=TARGETS)
def gateway(request, db):
    """The fake server, and with a key Stripe's test mode too."""
    made = Gateway(request.param)
    yield made
    made.close()
    if recorder.is_recording() and request.param == STRIPE:
        recorder.write(request.node.originalname.removeprefix("test_"), made.recorder.answers)
