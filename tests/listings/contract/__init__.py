"""Sentences about Stripe's behavior that the site relies on, through Stripe's own library.

They run against the fake server in `make test`. With STRIPE_TEST_KEY set, they run against Stripe's test mode too, and
test_only_at_stripe.py with them; `make record-stripe` keeps what Stripe answered in recorded/.
"""
