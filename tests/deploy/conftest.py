import pytest

from deploy.drills.production import running_production

CLOSED_PORT = 9  # nothing listens there, as if the mail server were down


@pytest.fixture(scope="session")
def production():
    """The whole deployment, with a mail server that is down. Each test leaves it unchanged."""
    with running_production(environment={"EMAIL_URL": f"smtp://127.0.0.1:{CLOSED_PORT}"}) as running:
        yield running
