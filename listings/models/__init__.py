from listings.models.billing_account import BillingAccount, Payer
from listings.models.billing_difference import BillingDifference
from listings.models.claim import Claim
from listings.models.coupon import Coupon
from listings.models.invitation import Invitation
from listings.models.ledger import LedgerEntry, PaymentEvent
from listings.models.listing import Listing, Membership
from listings.models.opening import ForeignEvent, OpeningBalance
from listings.models.order import Order
from listings.models.owner_language import OwnerLanguage
from listings.models.plans import Plan, PlanPrice
from listings.models.submission import Submission
from listings.models.subscription import GRACE, Subscription

__all__ = [
    "GRACE",
    "BillingAccount",
    "BillingDifference",
    "Claim",
    "Coupon",
    "ForeignEvent",
    "Invitation",
    "LedgerEntry",
    "Listing",
    "Membership",
    "OpeningBalance",
    "Order",
    "OwnerLanguage",
    "Payer",
    "PaymentEvent",
    "Plan",
    "PlanPrice",
    "Submission",
    "Subscription",
]
