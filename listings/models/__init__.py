from listings.models.gateway_object import GatewayObject
from listings.models.ledger import LedgerEntry, PaymentEvent
from listings.models.listing import Listing, Membership
from listings.models.mail import Mail
from listings.models.order import Order
from listings.models.plans import Plan, PlanPrice
from listings.models.subscription import GRACE, Subscription

__all__ = [
    "GRACE",
    "GatewayObject",
    "LedgerEntry",
    "Listing",
    "Mail",
    "Membership",
    "Order",
    "PaymentEvent",
    "Plan",
    "PlanPrice",
    "Subscription",
]
