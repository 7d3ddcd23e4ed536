from listings.admin import billing, claims, listings, submissions

__all__ = ["billing", "claims", "listings", "submissions"]
