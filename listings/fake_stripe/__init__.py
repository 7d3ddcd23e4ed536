"""A Stripe-shaped server for machines without a key: the part of Stripe's API that this project uses.

models.py    its one table: each row is an object with all the fields that Stripe's has
objects.py   build, find, list and save these objects
billing.py   what happens to a subscription: paid, renewed, declined, refunded, disputed
api.py       the API: Stripe's own requests, handled in this process or over HTTP under /fake-stripe/v1/
encoding.py  how a request arrives: the key, form fields, idempotency
delivery.py  signed events for our webhook; can repeat, reverse or lose them
views.py     the pay page, the portal and the control page

The app is installed only where PAYMENT_GATEWAY is "development" (config/settings.py): never beside a key, never on a
deployment. The rest of the project does not import it: settings.FAKE_STRIPE_API names its entry.
"""
