from listings.models.claim import Claim
from listings.models.invitation import Invitation
from listings.models.ledger import LedgerEntry, PaymentEvent
from listings.models.listing import Listing, Membership
from listings.models.order import Order
from listings.models.owner_language import OwnerLanguage
from listings.models.plans import Plan, PlanPrice
from listings.models.submission import Submission
from listings.models.subscription import GRACE, Subscription

__all__ = [
    "GRACE",
    "Claim",
    "Invitation",
    "LedgerEntry",
    "Listing",
    "Membership",
    "Order",
    "OwnerLanguage",
    "PaymentEvent",
    "Plan",
    "PlanPrice",
    "Submission",
    "Subscription",
]
