import pytest

from deploy.drills.production import running_production

CLOSED_PORT = 9  # nobody listens there: a mail server that is down


@pytest.fixture(scope="session")
def production():
    """The whole deployment, with a mail server that is down; each test leaves it as it was."""
    with running_production(environment={"EMAIL_URL": f"smtp://127.0.0.1:{CLOSED_PORT}"}) as running:
        yield running
