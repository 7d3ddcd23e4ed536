"""What becomes of every column that names a user, when that user asks for their data or deletes the account.

`tests/listings/personal_data/test_table.py` walks all models: a new column without a row here fails.
"""

from dataclasses import dataclass
from enum import Enum


class Fate(Enum):
    """What the deletion of an account does with a row."""

    FORGET = "the row is deleted, with its files"
    CLEAR = "the row stays as a fact about a clinic, and names nobody any more"
    KEEP = "the row stays and points to an account without a name"


@dataclass(frozen=True)
class Held:
    fate: Fate
    why: str
    name: str = ""  # in the export; "" leaves it out, and `why` says the reason
    columns: tuple[str, ...] = ()  # that the export has


OF_STAFF = "the work of an editor; an account of staff is closed by whoever runs the site, not on this page"
SHOWN = "through the rows of memberships"

HELD: dict[str, Held] = {
    # The account
    "account.EmailAddress.user": Held(
        Fate.FORGET, "only opens the account", "email_addresses", ("email", "verified", "primary")
    ),
    "mfa.Authenticator.user": Held(  # never its secret
        Fate.FORGET, "only opens the account", "second_factors", ("type", "created_at", "last_used_at")
    ),
    "listings.OwnerLanguage.user": Held(Fate.FORGET, "only for mails", "language", ("language",)),
    "core.PaperAcceptance.user": Held(
        Fate.KEEP,
        "under which terms something was bought",
        "papers_accepted",
        ("slug", "version", "accepted_at"),
    ),
    # Listings
    "listings.Membership.user": Held(
        Fate.FORGET,
        "nobody manages a listing without an account",
        "listings",
        ("listing_id", "listing__practice_name", "listing__status", "role", "created_at", "monthly_mail"),
    ),
    "listings.Listing.owners": Held(Fate.FORGET, SHOWN),
    "listings.Submission.started_by": Held(
        Fate.CLEAR, "what a clinic says stays", "submissions_started", ("listing_id", "kind", "status", "created_at")
    ),
    "listings.Submission.submitted_by": Held(
        Fate.CLEAR,
        "what a clinic says stays",
        "submissions",
        ("listing_id", "kind", "status", "submitted_at", "decided_at", "reason", "answers"),
    ),
    "listings.Claim.user": Held(
        Fate.FORGET,
        "a proof of this person",
        "claims",
        (
            "clinic_id",
            "clinic__name",
            "method",
            "status",
            "created_at",
            "proven_at",
            "decided_at",
            "reason",
            "document",
        ),
    ),
    "listings.Invitation.invited_by": Held(
        Fate.FORGET,
        "an invitation of somebody who has left",
        "invitations_sent",
        ("listing_id", "email", "role", "created_at", "mailed_at", "accepted_at"),
    ),
    "clinics.Confirmation.confirmed_by": Held(
        Fate.CLEAR, "the day of a fact stays", "confirmations", ("clinic_id", "fact_group", "confirmed_on")
    ),
    "clinics.Closure.created_by": Held(
        Fate.CLEAR, "when a clinic was closed stays", "closures", ("clinic_id", "starts_at", "ends_at", "created_at")
    ),
    "clinics.ProposedChange.proposed_by": Held(
        Fate.CLEAR, "what a clinic says stays", "changes_proposed", ("clinic_id", "facts", "status", "created_at")
    ),
    "listings.Claim.objected_by": Held(
        Fate.CLEAR, "that an owner objected stays", "objections", ("clinic_id", "objected_at", "objection")
    ),
    # Money
    "listings.Payer.user": Held(
        Fate.FORGET,
        "only opens the pages of an account that pays",
        "billing_accounts",
        ("account_id", "account__name", "account__email", "account__po_number", "account__customer_id", "created_at"),
    ),
    "listings.BillingAccount.users": Held(Fate.FORGET, "through the rows of payers"),
    "listings.Order.buyer": Held(
        Fate.KEEP,
        "the law asks for books",
        "orders",
        ("id", "listing_id", "price__plan__name", "price__amount_cents", "quantity", "status", "created_at"),
    ),
    # Staff
    "core.StaffInvitation.user": Held(Fate.FORGET, OF_STAFF),
    "articles.Notice.user": Held(Fate.FORGET, "only for mails"),
    "articles.NoticeChoice.user": Held(Fate.FORGET, "only for mails"),
    "core.FormDraft.user": Held(Fate.FORGET, OF_STAFF),
    "core.OpenForm.user": Held(Fate.FORGET, OF_STAFF),
    "auth.User_groups.user": Held(Fate.FORGET, OF_STAFF),
    "auth.User_user_permissions.user": Held(Fate.FORGET, OF_STAFF),
    **{
        field: Held(Fate.KEEP, OF_STAFF)
        for field in (
            "admin.LogEntry.user",
            "articles.Comment.decided_by",
            "articles.Comment.written_by",
            "articles.HeldWord.added_by",
            "articles.HistoricalArticle.history_user",
            "articles.HistoricalPerson.credentials_recorded_by",
            "articles.HistoricalPerson.history_user",
            "articles.HistoricalPerson.user",
            "articles.HistoricalPicture.history_user",
            "articles.HistoricalTopic.history_user",
            "articles.Person.credentials_recorded_by",
            "articles.Person.user",
            "articles.Note.author",
            "articles.Note.resolved_by",
            "articles.Picture.uploaded_by",
            "articles.PrivateAnswer.written_by",
            "articles.Review.reviewer",
            "clinics.Call.caller",
            "clinics.Correction.closed_by",
            "clinics.CountyNotice.created_by",
            "clinics.ImportDifference.decided_by",
            "clinics.ImportUpload.uploaded_by",
            "clinics.Pharmacy.checked_by",
            "clinics.PossibleDuplicate.decided_by",
            "clinics.ProposedChange.decided_by",
            "listings.Claim.decided_by",
            "listings.Submission.decided_by",
        )
    },
}
