"""The settings of the account, as a new one has them: nothing saved yet for tax, portal and webhook endpoints.

Sources, by the names of Stripe's pages: "Tax Settings", "Tax Registrations", "Portal configurations", "Payment method
configurations", "Webhook endpoints".
"""

from listings.fake_stripe.objects import ApiError, build, find, list_all, make, save

NO_PORTAL_SETTINGS = (
    "No configuration provided and your test mode default configuration has not been created. Provide a configuration "
    "or create your default by saving your customer portal settings in test mode at "
    "https://dashboard.stripe.com/test/settings/billing/portal."
)
METHODS = {  # what the pay page offers in a new account
    **dict.fromkeys(("card", "apple_pay", "google_pay", "link"), "on"),
    **dict.fromkeys(("us_bank_account", "acss_debit", "affirm", "afterpay_clearpay", "alipay", "amazon_pay"), "off"),
    **dict.fromkeys(("bacs_debit", "bancontact", "blik", "cartes_bancaires", "cashapp", "customer_balance"), "off"),
    **dict.fromkeys(("eps", "giropay", "ideal", "klarna", "multibanco", "p24", "sepa_debit", "sofort"), "off"),
    **dict.fromkeys(("wechat_pay", "zip"), "off"),
}
FIXED: dict[str, dict] = {  # kind: the one object of the account, until it is changed
    "account": {"country": "US", "default_currency": "usd", "charges_enabled": True, "payouts_enabled": True},
    "tax.settings": {"status": "pending", "status_details": {"pending": {"missing_fields": ["head_office"]}}},
    "payment_method_configuration": {"active": True, "is_default": True, "name": "Default"},
}


def method(value: str) -> dict:
    """The state of a payment method in a configuration: "on" or "off"."""
    preference = {"overridable": None, "preference": value, "value": value}
    return {"available": value == "on", "display_preference": preference}


def settings(kind: str) -> dict:
    """The account's only object of this kind."""
    if saved := list_all(kind):
        return saved[0]
    made = build(kind, **FIXED[kind])
    if kind == "payment_method_configuration":
        made |= {name: method(value) for name, value in METHODS.items()}
    return made | {"id": made["id"].split("_")[0] + "_of_this_server"}


def change(kind: str, **changes) -> dict:
    """Change the account's only object of this kind."""
    thing = settings(kind) | changes
    return save(thing) if find(kind, thing["id"]) else make(kind, **thing)


def change_tax(params: dict) -> dict:
    now = settings("tax.settings")
    address = ((params.get("head_office") or {}).get("address")) or (now["head_office"] or {}).get("address") or {}
    defaults = (now["defaults"] or {}) | params.get("defaults", {})
    is_complete = bool(address.get("country") and address.get("state"))
    details = {"active": {}} if is_complete else {"pending": {"missing_fields": ["head_office"]}}
    head_office = {"address": (now["head_office"] or {}).get("address", {}) | address} if address else None
    status = "active" if is_complete else "pending"
    return change("tax.settings", status=status, status_details=details, defaults=defaults, head_office=head_office)


def change_methods(params: dict) -> dict:
    wanted = {
        name: method(value["display_preference"]["preference"])
        for name, value in params.items()
        if name in METHODS and "display_preference" in value
    }
    return change("payment_method_configuration", **wanted)


def portal_configuration(named: str | None) -> dict:
    """The one that is named, or the default one. Raises ApiError, in the words of Stripe, if there is none."""
    if named:
        found = find("billing_portal.configuration", named)
        if found is None:
            message = f"No such configuration: '{named}'"
            raise ApiError(message, status=404, code="resource_missing", param="configuration")
        return found
    default = next(iter(list_all("billing_portal.configuration", is_default=True)), None)
    if default is None:
        raise ApiError(NO_PORTAL_SETTINGS)
    return default


def save_portal_settings(features: dict | None = None, *, is_default: bool = True, **values) -> dict:
    """What saving the page of the portal settings does; made by the API, a configuration is never the default."""
    made = build("billing_portal.configuration", active=True, is_default=is_default, **values)
    usual = {"invoice_history": {"enabled": True}, "payment_method_update": {"enabled": True}}
    for name, feature in (features or usual).items():
        made["features"][name] |= feature
    return make("billing_portal.configuration", **made)
