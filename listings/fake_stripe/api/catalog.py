"""What is sold: products, prices, coupons and promotion codes."""

from listings.fake_stripe.api.routing import merged, only, route
from listings.fake_stripe.billing.customers import redeem, redeemable
from listings.fake_stripe.objects import ApiError, build, find, get, list_all, make, now, save


@route("POST", "products")
def create_product(params):
    if find("product", params.get("id")):
        raise ApiError("Product already exists.", code="resource_already_exists", param="id")
    return make("product", **{"active": True, "type": "service", "updated": now()} | only(params, build("product")))


@route("POST", r"products/([\w-]+)")
def update_product(params, product_id):
    product = get("product", product_id)
    return save(product, **merged(product, params))


@route("POST", "prices")
def create_price(params, parameter="product"):
    product = params.get("product")
    if "product_data" in params:
        product = create_product(params["product_data"])["id"]
    get("product", product, parameter)
    recurring = params.get("recurring")
    if recurring:
        usual = {"interval_count": 1, "usage_type": "licensed", "meter": None, "trial_period_days": None}
        recurring = usual | recurring
        recurring["interval_count"] = int(recurring["interval_count"])
    amount = int(params["unit_amount"])
    return make(
        "price",
        active=True,
        billing_scheme="per_unit",
        currency=params["currency"],
        product=product,
        recurring=recurring,
        tax_behavior=params.get("tax_behavior", "unspecified"),
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
        metadata=params.get("metadata", {}),
    )


def price_of(line: dict, parameter: str = "items[0]") -> str:
    """The id of the price that a line names, or that is made of its price_data."""
    if "price_data" in line:
        return create_price(line["price_data"], f"{parameter}[price_data][product]")["id"]
    return line.get("price") or line.get("plan") or ""


def items_of(lines: list[dict], parameter: str) -> list[dict]:
    """The lines of a purchase, each with the id of its price and a quantity."""
    return [
        {"price": price_of(line, f"{parameter}[{index}]"), "quantity": int(line.get("quantity", 1))}
        for index, line in enumerate(lines)
    ]


# Coupons and promotion codes


@route("POST", "coupons")
def create_coupon(params):
    if find("coupon", params.get("id")):
        raise ApiError("Coupon already exists.", code="resource_already_exists", param="id")
    if ("percent_off" in params) == ("amount_off" in params):
        raise ApiError("Must provide percent_off or amount_off.")
    if params.get("duration") == "repeating" and "duration_in_months" not in params:
        raise ApiError("You must pass duration_in_months when passing duration=repeating.", param="duration_in_months")
    if "amount_off" in params and "currency" not in params:
        raise ApiError("You must pass currency when passing amount_off.", param="currency")
    numbers: dict[str, float] = {
        name: int(params[name]) for name in ("amount_off", "duration_in_months", "max_redemptions") if name in params
    }
    if "percent_off" in params:
        numbers["percent_off"] = float(params["percent_off"])
        if not 0 < numbers["percent_off"] <= 100:
            raise ApiError("Coupon percent_off must be between 0 and 100.", param="percent_off")
    usual = {"duration": "once", "valid": True, "times_redeemed": 0}
    return make("coupon", **usual | only(params, build("coupon")) | numbers)


@route("POST", r"coupons/([\w-]+)")
def update_coupon(params, coupon_id):
    coupon = get("coupon", coupon_id)
    allowed = {name: value for name, value in params.items() if name in ("name", "metadata")}
    return save(coupon, **merged(coupon, allowed))


@route("DELETE", r"coupons/([\w-]+)")
def delete_coupon(params, coupon_id):
    save(get("coupon", coupon_id), valid=False, deleted=True)
    return {"id": coupon_id, "object": "coupon", "deleted": True}


@route("POST", "promotion_codes")
def create_promotion_code(params):
    if "coupon" in params:
        raise ApiError("Received unknown parameter: coupon", code="parameter_unknown", param="coupon")
    coupon = get("coupon", params["promotion"]["coupon"], "promotion[coupon]")
    code = params.get("code") or build("promotion_code")["id"][-8:].upper()
    if any(each["active"] and each["code"].lower() == code.lower() for each in list_all("promotion_code")):
        message = f"An active promotion code with `code: {code}` already exists."
        raise ApiError(message, code="resource_already_exists", param="code")
    values = only(params, build("promotion_code"))
    for name in ("max_redemptions", "expires_at"):
        if name in values:
            values[name] = int(values[name])
    promotion = {"type": "coupon", "coupon": coupon["id"]}
    return make(
        "promotion_code", **{"active": True, "times_redeemed": 0} | values | {"code": code, "promotion": promotion}
    )


@route("POST", r"promotion_codes/([\w-]+)")
def update_promotion_code(params, code_id):
    code = get("promotion_code", code_id)
    allowed = {name: value for name, value in params.items() if name in ("active", "metadata")}
    return save(code, **merged(code, allowed))


def named_discounts(customer_id: str, wanted: list[dict]) -> list[str]:
    """The ids of new discounts for what a request names: coupons or promotion codes."""
    made = []
    for each in wanted:
        code = redeemable(each["promotion_code"], "id") if each.get("promotion_code") else None
        coupon = get("coupon", code["promotion"]["coupon"] if code else each["coupon"], "discounts[0][coupon]")
        made.append(redeem(customer_id, coupon, code)["id"])
    return made
