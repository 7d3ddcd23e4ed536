"""Who pays: one customer at the gateway, the people who may see and end its plans, and where its mail goes."""

from typing import Self

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BillingAccountQuerySet(models.QuerySet["BillingAccount"]):
    def of(self, user: User) -> Self:
        """The accounts that `user` may see and end, whatever their role in a listing."""
        return self.filter(payers__user=user)

    def begun_by(self, user: User, *, livemode: bool) -> Self:
        """Those of which `user` is the first payer. Who was named as a payer of another one buys nothing with it."""
        first = Payer.objects.filter(account=models.OuterRef("pk")).order_by("pk").values("user")[:1]
        return self.filter(livemode=livemode).alias(first=models.Subquery(first)).filter(first=user.pk).order_by("pk")

    def unreachable(self) -> Self:
        """Those whose state could not be fetched, for a key, a permission or a setting."""
        return self.exclude(customer_id=None).exclude(sync_error="")

    def for_buyer(self, buyer: User, *, livemode: bool) -> "BillingAccount":
        """The account that `buyer` pays with: the oldest one that they began, or a new one."""
        found = self.begun_by(buyer, livemode=livemode).first()
        if found is None:
            with transaction.atomic():
                User.objects.select_for_update().get(pk=buyer.pk)  # two orders at once are of one account
                found = self.begun_by(buyer, livemode=livemode).first()
                if found is None:
                    found = self.create(livemode=livemode, name=buyer.get_full_name(), email=buyer.email)
                    Payer.objects.create(account=found, user=buyer)
        return found


class BillingAccount(models.Model):
    """One customer at the gateway. It pays for the plans of one or more clinics."""

    class Collection(models.TextChoices):
        CARD = "card", _("a saved card or bank account is charged")
        INVOICE = "invoice", _("an invoice is sent and paid by hand")

    customer_id = models.CharField(max_length=255, null=True, blank=True, unique=True)
    livemode = models.BooleanField(default=False)
    name = models.CharField(max_length=200, blank=True, help_text="the organization or person on invoices")
    email = models.EmailField(blank=True, help_text="where receipts and reminders go")
    po_number = models.CharField("purchase order number", max_length=100, blank=True)
    # Each plan says how it is paid; the column goes with the next release.
    collection = models.CharField(max_length=7, choices=Collection.choices, default=Collection.CARD)
    invoice_days = models.PositiveSmallIntegerField("days to pay an invoice", default=30)
    email_sent_to_gateway = models.EmailField(blank=True, editable=False)
    synced_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="when its state was asked for")
    sync_error = models.CharField(max_length=500, blank=True, editable=False, help_text="what has to be mended")
    created_at = models.DateTimeField(default=timezone.now)
    users = models.ManyToManyField(settings.AUTH_USER_MODEL, through="listings.Payer", related_name="billing_accounts")

    objects = BillingAccountQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]

    def __str__(self):
        return self.name or self.email or f"Account {self.pk}"

    def has_payer(self, user: User) -> bool:
        return self.payers.filter(user=user).exists()

    @property
    def has_paid(self) -> bool:
        """Whether a payment of it has ever arrived: then a plan by invoice begins before its first invoice is paid."""
        return self.subscriptions.filter(entries__kind="payment").exists()

    @property
    def charges_more(self) -> bool:
        """Whether a plan of it is still open at the gateway."""
        return self.subscriptions.filter(is_open_at_gateway=True).exists()

    def store_customer(self, customer_id: str) -> None:
        """Keep the customer that the gateway has made, unless a parallel request has stored one."""
        BillingAccount.objects.filter(pk=self.pk, customer_id=None).update(customer_id=customer_id)
        self.refresh_from_db()

    def forget_customer(self, customer_id: str) -> None:
        """The gateway has deleted this customer: the next purchase makes a new one."""
        BillingAccount.objects.filter(pk=self.pk, customer_id=customer_id).update(
            customer_id=None, email_sent_to_gateway=""
        )
        self.refresh_from_db()

    def add_payer(self, user: User) -> None:
        Payer.objects.get_or_create(account=self, user=user)

    @transaction.atomic
    def remove_payer(self, user: User) -> None:
        """Raises ValueError with a sentence if nobody else could see and end what it still pays."""
        BillingAccount.objects.select_for_update().get(pk=self.pk)
        others = self.payers.filter(user__is_active=True).exclude(user=user)
        if self.charges_more and not others.exists():
            raise ValueError(_("Name another payer first: nobody else could see and end the plan."))
        self.payers.filter(user=user).delete()


class Payer(models.Model):
    """A person who may see and end what an account pays."""

    account = models.ForeignKey(BillingAccount, models.CASCADE, related_name="payers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="pays_for")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "user"], name="one_payer_each")]

    def __str__(self):
        return f"{self.user}: {self.account}"
