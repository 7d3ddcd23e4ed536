import datetime
import uuid

import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Listings, plans, orders, subscriptions and the ledger."""

    initial = True
    replaces = [
        ("listings", "0001_money"),
        ("listings", "0002_ledger_is_append_only"),
        ("listings", "0003_sweep_every_15_minutes"),
    ]
    dependencies = [
        ("clinics", "0002_clinics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="GatewayObject",
            fields=[
                ("id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("data", models.JSONField()),
                ("customer_id", models.CharField(blank=True, max_length=255)),
                ("is_delivered", models.BooleanField(help_text="of an event; none: lost on purpose", null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "ordering": ["created_at", "id"],
                "indexes": [models.Index(fields=["kind", "customer_id", "created_at"], name="gateway_object_lists")],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "gateway_id",
                    models.CharField(
                        help_text="of the movement on the gateway's balance", max_length=255, unique=True
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("payment", "payment"),
                            ("refund", "refund"),
                            ("refund-failed", "refund that came back"),
                            ("dispute", "dispute"),
                            ("payout", "payout to the bank"),
                            ("fee", "fee"),
                            ("other", "other"),
                        ],
                        max_length=13,
                    ),
                ),
                ("amount_cents", models.BigIntegerField()),
                ("fee_cents", models.BigIntegerField(default=0)),
                ("net_cents", models.BigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("livemode", models.BooleanField()),
                ("charge_id", models.CharField(blank=True, db_index=True, max_length=255)),
                ("customer_id", models.CharField(blank=True, db_index=True, max_length=255)),
                ("receipt_url", models.URLField(blank=True, editable=False, max_length=2000)),
                ("happened_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "ledger entries",
                "ordering": ["-happened_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "payment")), fields=("charge_id",), name="one_payment_a_charge"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["payment", "refund-failed"]), _negated=True),
                            ("amount_cents__gt", 0),
                            _connector="OR",
                        ),
                        name="money_in_is_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "refund"), _negated=True), ("amount_cents__lt", 0), _connector="OR"
                        ),
                        name="refund_is_negative",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ["payment", "refund", "refund-failed"]), _negated=True),
                            models.Q(("charge_id", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="money_names_its_charge",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "net_cents",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("amount_cents"), "-", models.F("fee_cents")
                                ),
                            )
                        ),
                        name="net_is_amount_less_fee",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Listing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("practice_name", models.CharField(blank=True, max_length=200)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "not submitted yet"),
                            ("submitted", "waiting for review"),
                            ("in-review", "in review"),
                            ("live", "live"),
                            ("needs-confirmation", "live, needs confirmation"),
                            ("suspended", "suspended"),
                            ("closed", "closed"),
                        ],
                        default="draft",
                        editable=False,
                        max_length=20,
                    ),
                ),
                ("status_reason", models.CharField(blank=True, editable=False, max_length=500)),
                ("status_changed_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "clinic",
                    models.OneToOneField(
                        blank=True,
                        help_text="none until it is approved",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="listing",
                        to="clinics.clinic",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "owner: also plan, payments and people"), ("editor", "editor: the facts")],
                        default="owner",
                        max_length=6,
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="listings.listing"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("listing", "user"), name="one_membership_each")],
            },
        ),
        migrations.AddField(
            model_name="listing",
            name="owners",
            field=models.ManyToManyField(
                related_name="listings", through="listings.Membership", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.CreateModel(
            name="PaymentEvent",
            fields=[
                ("id", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=100)),
                ("payload", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("livemode", models.BooleanField()),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                (
                    "error",
                    models.CharField(
                        blank=True, help_text="why it could not be applied the last time", max_length=500
                    ),
                ),
            ],
            options={
                "ordering": ["-received_at"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("applied_at", None)), fields=["received_at"], name="payment_events_waiting"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=60)),
                ("summary", models.CharField(blank=True, max_length=300)),
                (
                    "features",
                    models.TextField(blank=True, help_text="one on a line, as the page of the plans shows them"),
                ),
                (
                    "clinics_per_unit",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="a group plan is sold in steps of so many clinics",
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="clinics for one price",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="place on the page")),
                (
                    "is_offered",
                    models.BooleanField(
                        default=True, help_text="who has it keeps it when it is not any more", verbose_name="offered"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("clinics_per_unit__gte", 1)), name="plan_covers_a_clinic"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("interval", models.CharField(choices=[("month", "month"), ("year", "year")], max_length=5)),
                (
                    "amount_cents",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MinValueValidator(50)], verbose_name="amount in cents"
                    ),
                ),
                ("currency", models.CharField(default="usd", editable=False, max_length=3)),
                ("starts_on", models.DateField(default=django.utils.timezone.localdate)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="prices", to="listings.plan"
                    ),
                ),
            ],
            options={
                "ordering": ["plan", "-starts_on", "interval"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "interval", "starts_on"), name="one_price_a_day"),
                    models.CheckConstraint(condition=models.Q(("amount_cents__gte", 50)), name="price_can_be_charged"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "quantity",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("open", "waiting for payment"), ("paid", "paid"), ("expired", "not paid")],
                        default="open",
                        max_length=7,
                    ),
                ),
                ("livemode", models.BooleanField(default=False)),
                (
                    "attempt",
                    models.PositiveSmallIntegerField(
                        default=1, help_text="one more after each answer that was an error"
                    ),
                ),
                ("error", models.CharField(blank=True, help_text="why there is no payment page yet", max_length=500)),
                ("session_id", models.CharField(blank=True, max_length=255, null=True, unique=True)),
                ("session_url", models.URLField(blank=True, editable=False, max_length=2000)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "listing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="listings.listing"
                    ),
                ),
                (
                    "price",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="listings.planprice"
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("status", "open")), fields=("listing",), name="one_open_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("quantity__gte", 1), ("quantity__lte", 100)), name="order_quantity"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gateway_id", models.CharField(max_length=255, unique=True)),
                ("customer_id", models.CharField(db_index=True, max_length=255)),
                ("quantity", models.PositiveSmallIntegerField(default=1)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("unpaid", "not paid yet"),
                            ("active", "active"),
                            ("past-due", "payment failed, in grace"),
                            ("cancelled", "ended"),
                            ("refunded", "refunded"),
                            ("disputed", "disputed"),
                        ],
                        default="unpaid",
                        max_length=9,
                    ),
                ),
                (
                    "is_open_at_gateway",
                    models.BooleanField(default=True, help_text="it would still be renewed or retried there"),
                ),
                (
                    "ends_at_period_end",
                    models.BooleanField(default=False, verbose_name="cancelled for the end of the period"),
                ),
                ("period_end", models.DateTimeField(blank=True, null=True)),
                ("past_due_since", models.DateTimeField(blank=True, null=True)),
                ("last_charge_id", models.CharField(blank=True, max_length=255)),
                ("next_price_told_at", models.DateTimeField(blank=True, null=True)),
                ("next_price_from", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "next_price",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="listings.planprice",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="listings.order"
                    ),
                ),
                (
                    "price",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="listings.planprice",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [models.Index(fields=["status", "period_end"], name="subscription_unsettled")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_price", None), ("next_price_from", None)),
                            models.Q(
                                ("next_price__isnull", False),
                                (
                                    "next_price_from__gte",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("next_price_told_at"), "+", models.Value(datetime.timedelta(days=30))
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="told_30_days_ahead",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Mail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=255, unique=True)),
                ("template", models.CharField(help_text="a name of templates/listings/mail/", max_length=40)),
                ("to", models.EmailField(max_length=254)),
                ("language", models.CharField(default="en", max_length=5)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
                (
                    "facts",
                    models.JSONField(
                        blank=True, default=dict, help_text="what else its words need; a finished text is removed"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="listings.ledgerentry",
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to="listings.subscription",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.AddField(
            model_name="listing",
            name="subscription",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="listings",
                to="listings.subscription",
            ),
        ),
    ]
