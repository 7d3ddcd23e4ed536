from listings.admin import billing, review

__all__ = ["billing", "review"]
