"""A Stripe-shaped server for machines without a key: the part of Stripe's API that this project uses.

models.py    its one table: each row is an object with all the fields that Stripe's has
objects.py   build, find, list and save these objects; the time, which stands still for customers with a test clock
billing/     what happens to subscriptions, invoices, payments and customers, and what the account has set
api/         the API: Stripe's own requests, handled in this process or over HTTP under /fake-stripe/v1/
encoding.py  how a request arrives: the key, form fields, idempotency
faults.py    answers that are slow, wrong, cut off or never come, on command
delivery.py  signed events for our webhook; can repeat, reverse or lose them
views.py     the pay page, the portal and the control page, whose buttons are in actions.py

It refuses where Stripe refuses; docs/payments.md lists what only Stripe itself can show.

The app is installed only where PAYMENT_GATEWAY is "development" (config/settings.py): never beside a key, never on a
deployment. The rest of the project does not import it: settings.FAKE_STRIPE_API names its entry.
"""
