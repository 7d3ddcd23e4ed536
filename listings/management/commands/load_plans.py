from typing import NotRequired, TypedDict

from django.core.management.base import BaseCommand

from listings.models import Plan, PlanPrice


class Sample(TypedDict):
    slug: str
    name: str
    summary: str
    features: str
    clinics_per_unit: NotRequired[int]
    prices: dict[str, int]  # {interval: cents}


# A start, to be edited in the admin; not advice on what to charge. Prices are in cents.
SAMPLES: list[Sample] = [
    {
        "slug": "free",
        "name": "Free",
        "summary": "Everything a patient needs to find you and call you.",
        "features": "All your facts: phones, address, hours, services, medications, payment, languages\n"
        "Your place in the results by distance, the same as with any other plan\n"
        "Changes at any time, confirmation in one tap\n"
        "Your own phone number, never one of ours",
        "prices": {},
    },
    {
        "slug": "featured",
        "name": "Featured",
        "summary": "For one clinic that wants to show more of itself.",
        "features": "Everything in Free\nPhotos and a longer description\n"
        "May appear in the band marked “Sponsored”, in searches that you match\nDaily totals of views",
        "prices": {"month": 4900, "year": 49000},
    },
    {
        "slug": "group",
        "name": "Group",
        "summary": "For practices with several places.",
        "features": "Featured for up to ten clinics\nOne form for the facts that they share\nOne invoice",
        "clinics_per_unit": 10,
        "prices": {"month": 29000, "year": 290000},
    },
]


class Command(BaseCommand):
    help = "Adds the sample plans and prices that are missing. It changes no plan that exists."

    def handle(self, **options):
        added = 0
        for position, sample in enumerate(SAMPLES):
            values = {name: value for name, value in sample.items() if name not in ("slug", "prices")}
            plan, is_new = Plan.objects.get_or_create(slug=sample["slug"], defaults=values | {"position": position})
            added += is_new
            if is_new:
                for interval, amount_cents in sample["prices"].items():
                    PlanPrice.objects.create(plan=plan, interval=interval, amount_cents=amount_cents)
        self.stdout.write(f"{Plan.objects.count()} plans ({added} new)")
