from django.db import migrations
from django.utils import timezone


def make_accounts(apps, schema_editor):
    """One account for each (buyer, customer, mode); orders that were never paid get the account of their buyer."""
    account, payer = apps.get_model("listings", "BillingAccount"), apps.get_model("listings", "Payer")
    order, subscription = apps.get_model("listings", "Order"), apps.get_model("listings", "Subscription")

    def make(buyer, livemode, customer_id=None):
        made = account.objects.create(
            customer_id=customer_id,
            livemode=livemode,
            name=f"{buyer.first_name} {buyer.last_name}".strip(),
            email=buyer.email,
        )
        payer.objects.create(account=made, user=buyer)
        return made

    for row in subscription.objects.filter(account=None).select_related("order__buyer").order_by("pk").iterator():
        bought = row.order
        found = account.objects.filter(customer_id=row.customer_id).first()
        if found is None:
            found = make(bought.buyer, bought.livemode, row.customer_id)
        payer.objects.get_or_create(account=found, user=bought.buyer)
        row.account, row.listing_id = found, bought.listing_id
        if not row.is_open_at_gateway:
            row.end_done_at = timezone.now()  # its mail was sent when it ended
        row.save(update_fields=["account", "listing", "end_done_at"])
        order.objects.filter(pk=bought.pk, account=None).update(account=found)
    for row in order.objects.filter(account=None).select_related("buyer").order_by("pk").iterator():
        found = account.objects.filter(payers__user=row.buyer, livemode=row.livemode).order_by("pk").first()
        row.account = found or make(row.buyer, row.livemode)
        row.save(update_fields=["account"])


def mark_surplus(apps, schema_editor):
    """Of several open ones for a listing the one that it shows stays; the next sync ends and refunds the others."""
    listing, subscription = apps.get_model("listings", "Listing"), apps.get_model("listings", "Subscription")
    open_ones = subscription.objects.filter(is_open_at_gateway=True)
    for row in listing.objects.filter(subscriptions__in=open_ones).distinct().iterator():
        own = list(open_ones.filter(listing=row).order_by("-created_at", "-pk"))
        kept = next((each for each in own if each.pk == row.subscription_id), own[0])
        subscription.objects.filter(pk__in=[each.pk for each in own if each.pk != kept.pk]).update(is_surplus=True)


def do_nothing(apps, schema_editor):
    """For the way back: the migration before this one removes the columns with what was written."""


class Migration(migrations.Migration):
    dependencies = [("listings", "0009_money_core")]
    operations = [
        migrations.RunPython(make_accounts, do_nothing),
        migrations.RunPython(mark_surplus, do_nothing),
    ]
