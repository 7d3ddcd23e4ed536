"""Requests about the settings of the account: tax, portal, payment methods, webhook endpoints."""

from listings.fake_stripe.api.routing import merged, only, route
from listings.fake_stripe.billing import account
from listings.fake_stripe.objects import ApiError, build, get, make, now, save


@route("GET", "account")
def retrieve_account(params):
    return account.settings("account")


@route("GET", "tax/settings")
def retrieve_tax_settings(params):
    return account.settings("tax.settings")


@route("POST", "tax/settings")
def update_tax_settings(params):
    return account.change_tax(params)


@route("POST", "tax/registrations")
def create_registration(params):
    active_from = now() if params.get("active_from") == "now" else int(params["active_from"])
    values = {"country": params["country"], "country_options": params.get("country_options")}
    return make("tax.registration", active_from=active_from, status="active", **values)


@route("GET", "payment_method_configurations")
def list_method_configurations(params):
    found = [account.settings("payment_method_configuration")]
    return {"object": "list", "data": found, "has_more": False, "url": "/v1/payment_method_configurations"}


@route("POST", r"payment_method_configurations/([\w-]+)")
def update_method_configuration(params, configuration_id):
    return account.change_methods(params)


@route("POST", "billing_portal/configurations")
def create_portal_configuration(params):
    values = only(params, build("billing_portal.configuration"))
    values.pop("features", None)
    return account.save_portal_settings(params["features"], is_default=False, **values)


@route("POST", r"billing_portal/configurations/([\w-]+)")
def update_portal_configuration(params, configuration_id):
    configuration = get("billing_portal.configuration", configuration_id)
    features = configuration["features"]
    for name, feature in params.pop("features", {}).items():
        features[name] |= feature
    return save(configuration, **merged(configuration, params) | {"features": features})


@route("POST", "webhook_endpoints")
def create_webhook_endpoint(params):
    if not params.get("enabled_events"):
        raise ApiError("Missing required param: enabled_events.", code="parameter_missing", param="enabled_events")
    values = only(params, build("webhook_endpoint"))
    return make("webhook_endpoint", status="enabled", **values) | {"secret": "whsec_of_this_server"}


@route("POST", r"webhook_endpoints/([\w-]+)")
def update_webhook_endpoint(params, endpoint_id):
    endpoint = get("webhook_endpoint", endpoint_id)
    if "disabled" in params:
        endpoint["status"] = "disabled" if params.pop("disabled") else "enabled"
    return save(endpoint, **merged(endpoint, params))


@route("DELETE", r"webhook_endpoints/([\w-]+)")
def delete_webhook_endpoint(params, endpoint_id):
    save(get("webhook_endpoint", endpoint_id), deleted=True)
    return {"id": endpoint_id, "object": "webhook_endpoint", "deleted": True}
