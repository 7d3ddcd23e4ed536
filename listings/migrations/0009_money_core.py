import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who pays, what the gateway has, how a plan ends, and where the sides differ. The rows follow in 0010."""

    dependencies = [
        ("listings", "0008_say_how_a_change_was_checked"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customer_id", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("livemode", models.BooleanField(default=False)),
                (
                    "name",
                    models.CharField(blank=True, help_text="the organization or person on invoices", max_length=200),
                ),
                ("email", models.EmailField(blank=True, help_text="where receipts and reminders go", max_length=254)),
                ("po_number", models.CharField(blank=True, max_length=100, verbose_name="purchase order number")),
                (
                    "collection",
                    models.CharField(
                        choices=[
                            ("card", "a saved card or bank account is charged"),
                            ("invoice", "an invoice is sent and paid by hand"),
                        ],
                        default="card",
                        max_length=7,
                    ),
                ),
                ("invoice_days", models.PositiveSmallIntegerField(default=30, verbose_name="days to pay an invoice")),
                ("email_sent_to_gateway", models.EmailField(blank=True, editable=False, max_length=254)),
                (
                    "synced_at",
                    models.DateTimeField(
                        blank=True, editable=False, help_text="when its state was asked for", null=True
                    ),
                ),
                (
                    "sync_error",
                    models.CharField(blank=True, editable=False, help_text="what has to be mended", max_length=500),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="BillingDifference",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("charged-not-given", "charged, and not given"),
                            ("given-not-charged", "given, and not charged"),
                            ("nobody-can-end", "nobody can end it"),
                            ("two-for-one", "two plans for one listing"),
                            ("amount-differs", "another amount at the gateway"),
                            ("status-differs", "another state at the gateway"),
                            ("end-not-done", "its end is not done yet"),
                            ("unknown-at-site", "open at the gateway, unknown here"),
                            ("needs-operator", "something to mend"),
                            ("unknown-status", "a word that this site does not know"),
                        ],
                        max_length=20,
                    ),
                ),
                ("gateway_id", models.CharField(blank=True, help_text="of what it is about", max_length=255)),
                ("sentence", models.CharField(max_length=1000)),
                ("found_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("last_seen_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-found_at"],
            },
        ),
        migrations.CreateModel(
            name="Payer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="invoice_id",
            field=models.CharField(blank=True, db_default="", db_index=True, default="", max_length=255),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="invoice_number",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="listing_name",
            field=models.CharField(blank=True, db_default="", default="", help_text="as it was then", max_length=200),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="period_end",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="period_start",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="subscription",
            field=models.ForeignKey(
                blank=True,
                help_text="what it paid",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="entries",
                to="listings.subscription",
            ),
        ),
        migrations.AddField(
            model_name="ledgerentry",
            name="tax_cents",
            field=models.BigIntegerField(db_default=0, default=0, help_text="contained in the amount"),
        ),
        migrations.AddField(
            model_name="order",
            name="error_for_operator",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="what the gateway wants mended; buyers do not see it",
                max_length=500,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="cancel_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="cancelled for a day"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="card_expires_on",
            field=models.DateField(blank=True, help_text="the last day of its card", null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="collection",
            field=models.CharField(db_default="card", default="card", max_length=7),
        ),
        migrations.AddField(
            model_name="subscription",
            name="comp_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="discount",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AddField(
            model_name="subscription",
            name="dispute_due_by",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="dispute_status",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        migrations.AddField(
            model_name="subscription",
            name="end_done_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", ""),
                    ("refunded", "the payment was refunded"),
                    ("dispute-lost", "the bank returned a disputed payment"),
                    ("rejected", "the listing was not approved"),
                    ("suspended", "the listing was suspended"),
                    ("closed", "the practice has closed"),
                    ("merged", "the listing became a part of another one"),
                    ("surplus", "the listing had a plan already"),
                    ("grace-over", "the payment did not arrive"),
                    ("owner", "you ended it"),
                    ("operator", "we ended it"),
                ],
                db_default="",
                default="",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="end_wanted_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="ended_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="gateway_currency",
            field=models.CharField(blank=True, db_default="", default="", max_length=3),
        ),
        migrations.AddField(
            model_name="subscription",
            name="gateway_interval",
            field=models.CharField(blank=True, db_default="", default="", max_length=5),
        ),
        migrations.AddField(
            model_name="subscription",
            name="gateway_quantity",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="gateway_status",
            field=models.CharField(blank=True, db_default="", default="", max_length=30),
        ),
        migrations.AddField(
            model_name="subscription",
            name="gateway_unit_amount_cents",
            field=models.BigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="is_comp",
            field=models.BooleanField(db_default=False, default=False, verbose_name="given without charge"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="is_paused",
            field=models.BooleanField(db_default=False, default=False, help_text="nothing is collected"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="is_refunded",
            field=models.BooleanField(db_default=False, default=False, help_text="its last invoice, in whole"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="is_surplus",
            field=models.BooleanField(db_default=False, default=False, help_text="a second one for the same listing"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="is_waiting",
            field=models.BooleanField(
                db_default=False, default=False, help_text="a bank has to pay for the first time"
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="last_invoice_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=255),
        ),
        migrations.AddField(
            model_name="subscription",
            name="listing",
            field=models.ForeignKey(
                blank=True,
                help_text="what it was bought for",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subscriptions",
                to="listings.listing",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="next_charge_cents",
            field=models.BigIntegerField(blank=True, help_text="before tax; empty: nothing more", null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="next_charge_on",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="open_invoice_url",
            field=models.URLField(blank=True, db_default="", default="", editable=False, max_length=2000),
        ),
        migrations.AddField(
            model_name="subscription",
            name="owed_cents",
            field=models.BigIntegerField(db_default=0, default=0, help_text="of an open invoice"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="past_due_told_at",
            field=models.DateTimeField(blank=True, help_text="when its owner was first told of it", null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="paused_for",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField(
            model_name="subscription",
            name="period_start",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="subscription",
            name="refund_target_cents",
            field=models.BigIntegerField(
                blank=True,
                editable=False,
                help_text="of its last invoice, what shall be refunded in all at the end",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="refund_wanted",
            field=models.CharField(
                choices=[("none", "nothing"), ("unused", "the unused part"), ("all", "the whole last payment")],
                db_default="none",
                default="none",
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="tax_cents",
            field=models.BigIntegerField(db_default=0, default=0, help_text="of its last invoice"),
        ),
        migrations.AlterField(
            model_name="subscription",
            name="status",
            field=models.CharField(
                choices=[
                    ("unpaid", "not paid yet"),
                    ("waiting", "first payment on its way"),
                    ("active", "active"),
                    ("past-due", "payment failed, in grace"),
                    ("paused", "paused"),
                    ("cancelled", "ended"),
                    ("refunded", "refunded"),
                    ("disputed", "disputed"),
                ],
                default="unpaid",
                max_length=9,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="account",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="orders",
                to="listings.billingaccount",
            ),
        ),
        migrations.AddField(
            model_name="subscription",
            name="account",
            field=models.ForeignKey(
                blank=True,
                help_text="who pays",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="subscriptions",
                to="listings.billingaccount",
            ),
        ),
        migrations.AddField(
            model_name="billingdifference",
            name="subscription",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="differences",
                to="listings.subscription",
            ),
        ),
        migrations.AddField(
            model_name="payer",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="payers", to="listings.billingaccount"
            ),
        ),
        migrations.AddField(
            model_name="payer",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="pays_for", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="billingaccount",
            name="users",
            field=models.ManyToManyField(
                related_name="billing_accounts", through="listings.Payer", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="billingdifference",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resolved_at", None)),
                fields=("kind", "gateway_id"),
                name="one_open_difference_each",
            ),
        ),
        migrations.AddConstraint(
            model_name="payer",
            constraint=models.UniqueConstraint(fields=("account", "user"), name="one_payer_each"),
        ),
    ]
