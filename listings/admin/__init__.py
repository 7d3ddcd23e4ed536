from listings.admin import claims, coupons, ledger, listings, plans, submissions, subscriptions

__all__ = ["claims", "coupons", "ledger", "listings", "plans", "submissions", "subscriptions"]
