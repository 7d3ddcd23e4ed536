"""Owners, listings and what belongs to them, made without the gateway."""

from datetime import timedelta

import factory
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.utils import timezone
from factory.django import DjangoModelFactory

from core.models import OutgoingEmail, Paper, PaperAcceptance
from listings.models import (
    BillingAccount,
    BillingDifference,
    Claim,
    Coupon,
    ForeignEvent,
    Invitation,
    LedgerEntry,
    Listing,
    Membership,
    OpeningBalance,
    Order,
    PaymentEvent,
    Plan,
    PlanPrice,
    Submission,
    Subscription,
)
from tests.factories import ClinicFactory, UserFactory, make_clinic


class MembershipFactory(DjangoModelFactory):
    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)


class ListingFactory(DjangoModelFactory):
    """A listing of a clinic with one owner, published unless `live` is False."""

    class Meta:
        model = Listing
        skip_postgeneration_save = True

    clinic = factory.SubFactory(ClinicFactory)
    practice_name = factory.LazyAttribute(lambda listing: listing.clinic.name)
    membership = factory.RelatedFactory(MembershipFactory, "listing")

    @factory.post_generation
    def live(self, create, live, **fields):
        if live is not False:
            self.submit()
            self.start_review()
            self.publish()


class PlanFactory(DjangoModelFactory):
    class Meta:
        model = Plan

    slug = factory.Sequence(lambda n: f"plan-{n}")
    name = factory.Sequence(lambda n: f"Plan {n}")


class PlanPriceFactory(DjangoModelFactory):
    class Meta:
        model = PlanPrice

    plan = factory.SubFactory(PlanFactory)
    interval = "month"
    amount_cents = 4900


class BillingAccountFactory(DjangoModelFactory):
    class Meta:
        model = BillingAccount

    customer_id = factory.Sequence(lambda n: f"cus_{n}")
    email = "owner@practice.example"


class BillingDifferenceFactory(DjangoModelFactory):
    class Meta:
        model = BillingDifference

    kind = "needs-operator"
    gateway_id = factory.Sequence(lambda n: f"sub_{n}")
    sentence = "Something has to be mended."


class OrderFactory(DjangoModelFactory):
    class Meta:
        model = Order

    listing = factory.SubFactory(ListingFactory)
    buyer = factory.LazyAttribute(lambda order: order.listing.owners.get())
    price = factory.SubFactory(PlanPriceFactory)
    session_id = factory.Sequence(lambda n: f"cs_{n}")
    account = factory.SubFactory(BillingAccountFactory)


class SubscriptionFactory(DjangoModelFactory):
    """The subscription that a listing has now."""

    class Meta:
        model = Subscription
        skip_postgeneration_save = True

    gateway_id = factory.Sequence(lambda n: f"sub_{n}")
    order = factory.SubFactory(OrderFactory)
    account = factory.SelfAttribute("order.account")
    listing = factory.SelfAttribute("order.listing")
    customer_id = factory.SelfAttribute("account.customer_id")
    price = factory.SelfAttribute("order.price")
    status = "active"

    @factory.post_generation
    def listing_of_the_order(self, create, extracted, **fields):
        Listing.objects.filter(pk=self.order.listing_id).update(subscription=self)


class LedgerEntryFactory(DjangoModelFactory):
    class Meta:
        model = LedgerEntry

    gateway_id = factory.Sequence(lambda n: f"txn_{n}")
    charge_id = factory.Sequence(lambda n: f"ch_{n}")
    happened_at = factory.LazyFunction(timezone.now)
    kind = "payment"
    amount_cents = 4900
    net_cents = 4900
    currency = "usd"
    livemode = False


class PaymentEventFactory(DjangoModelFactory):
    class Meta:
        model = PaymentEvent

    id = factory.Sequence(lambda n: f"evt_{n}")
    type = "invoice.paid"
    livemode = False
    payload = factory.Sequence(lambda n: {"data": {"object": {"id": f"in_{n}"}}})


class CouponFactory(DjangoModelFactory):
    class Meta:
        model = Coupon

    code = factory.Sequence(lambda n: f"PARTNER-{n}")
    percent_off = 20


class ForeignEventFactory(DjangoModelFactory):
    class Meta:
        model = ForeignEvent

    type = factory.Sequence(lambda n: f"payout.paid{n}")
    count = 1


class OpeningBalanceFactory(DjangoModelFactory):
    class Meta:
        model = OpeningBalance

    currency = "usd"
    amount_cents = 4900
    livemode = False
    opened_at = factory.Sequence(lambda n: timezone.now() - timedelta(days=n))


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = Invitation

    listing = factory.SubFactory(ListingFactory)
    email = factory.Sequence(lambda n: f"colleague{n}@practice.example")
    invited_by = factory.LazyAttribute(lambda invitation: invitation.listing.owners.get())


class ClaimFactory(DjangoModelFactory):
    class Meta:
        model = Claim

    clinic = factory.SubFactory(ClinicFactory)
    user = factory.SubFactory(UserFactory)
    method = "phone"
    status = "open"


class SubmissionFactory(DjangoModelFactory):
    class Meta:
        model = Submission

    listing = factory.SubFactory(ListingFactory)
    status = "open"
    submitted_at = factory.LazyFunction(timezone.now)


class AuthenticatorFactory(DjangoModelFactory):
    class Meta:
        model = Authenticator

    user = factory.SubFactory(UserFactory)
    type = Authenticator.Type.TOTP
    data = factory.LazyFunction(dict)


class EmailAddressFactory(DjangoModelFactory):
    class Meta:
        model = EmailAddress

    user = factory.SubFactory(UserFactory)
    email = factory.SelfAttribute("user.email")


class OutgoingEmailFactory(DjangoModelFactory):
    class Meta:
        model = OutgoingEmail

    key = factory.Sequence(lambda n: f"mail-{n}")
    template = "listings/receipt"
    to = "owner@practice.example"


class PaperFactory(DjangoModelFactory):
    """A draft."""

    class Meta:
        model = Paper

    slug = "terms"
    version = factory.Sequence(lambda n: n + 100)
    title = "Terms"
    text = "A text."
    note = "A note."


class PaperAcceptanceFactory(DjangoModelFactory):
    class Meta:
        model = PaperAcceptance

    user = factory.SubFactory(UserFactory)
    slug = "terms"
    version = 1


def make_owner(name="owner") -> User:
    return UserFactory(username=name)


def make_listing(owner=None, clinic=None, *, live=True) -> Listing:
    """A listing of a clinic, by default a live one in Baltimore."""
    return ListingFactory(clinic=clinic or make_clinic(), membership__user=owner or make_owner(), live=live)


# Makes a row of every model that the admin shows.
ROWS = {
    Authenticator: AuthenticatorFactory,
    BillingAccount: BillingAccountFactory,
    BillingDifference: BillingDifferenceFactory,
    Claim: ClaimFactory,
    Coupon: CouponFactory,
    EmailAddress: EmailAddressFactory,
    ForeignEvent: ForeignEventFactory,
    Invitation: InvitationFactory,
    LedgerEntry: LedgerEntryFactory,
    Listing: lambda: SubscriptionFactory().order.listing,
    OpeningBalance: OpeningBalanceFactory,
    Order: OrderFactory,
    OutgoingEmail: OutgoingEmailFactory,
    Paper: PaperFactory,
    PaperAcceptance: PaperAcceptanceFactory,
    PaymentEvent: PaymentEventFactory,
    Plan: lambda: PlanPriceFactory().plan,
    Submission: SubmissionFactory,
    Subscription: SubscriptionFactory,
}
