"""Which columns are set back after the clock was ahead (core/clock.py)."""

from core import clock
from listings.models import BillingDifference, Claim, Invitation, Listing, Membership, Submission, Subscription

clock.stamped(Listing, "status_changed_at")
clock.stamped(Claim, "created_at")
clock.stamped(Claim, "proven_at")
clock.stamped(Claim, "code_requested_at", "code_expires_at")
clock.stamped(Claim, "owners_told_at")
clock.stamped(Claim, "objected_at")
clock.stamped(Claim, "unwanted_at")
clock.stamped(Membership, "owner_since")
clock.stamped(Invitation, "created_at")
clock.stamped(Submission, "submitted_at")
clock.stamped(Submission, "decided_at")
clock.stamped(Subscription, "past_due_told_at")
clock.stamped(Subscription, "end_wanted_at", "end_done_at")
clock.stamped(BillingDifference, "found_at", "last_seen_at")
