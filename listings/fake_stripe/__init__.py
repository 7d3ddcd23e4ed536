"""A payment gateway for machines without a key: the part of Stripe's API that this project uses, with invented money.

objects.py   what it remembers, in a table of its own, each object with all the fields that Stripe's has
billing.py   what happens to a subscription: paid, renewed, declined, refunded, disputed
api.py       the API: the same requests as Stripe's, asked in this process or over HTTP under /dev-gateway/v1/
delivery.py  signed messages to the real endpoint; can be told to repeat, shuffle or lose them
views.py     the pay page, the portal and the control page

Never mounted where there is a key, nor on a deployment (config/settings.py: PAYMENT_GATEWAY).
"""
