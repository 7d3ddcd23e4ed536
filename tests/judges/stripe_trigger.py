"""Stripe's own CLI drives the development gateway of a running site: `python -m tests.judges.stripe_trigger 8000`.

Needs `npm install @stripe/cli@1.52.0` anywhere; STRIPE_CLI names the program if it is not on PATH. Not run by
`make test`, which stays offline. Exit code 1 if a trigger fails or its event did not reach /webhooks/stripe/.
"""

import json
import os
import subprocess
import sys
import urllib.request

KEY = "sk_test_development"
EVENTS = [
    "checkout.session.completed",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "charge.refunded",
    "charge.dispute.created",
]


def count(site: str, event: str) -> int:
    """How many of these the gateway has sent, none of which may be waiting."""
    request = urllib.request.Request(f"{site}/v1/events?limit=100&type={event}")
    request.add_header("Authorization", f"Bearer {KEY}")
    with urllib.request.urlopen(request) as answer:
        return len(json.load(answer)["data"])


def main(port: str) -> int:
    site, failed = f"http://127.0.0.1:{port}", []
    for event in EVENTS:
        before = count(site, event)
        command = [os.environ.get("STRIPE_CLI", "stripe"), "trigger", event, "--api-base", site, "--api-key", KEY]
        run = subprocess.run(command, capture_output=True, text=True, timeout=120)
        is_told = count(site, event) > before
        print(f"{event}: {'ok' if run.returncode == 0 and is_told else (run.stdout + run.stderr)[-300:]}")
        if run.returncode or not is_told:
            failed.append(event)
    return len(failed) > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "8000"))
