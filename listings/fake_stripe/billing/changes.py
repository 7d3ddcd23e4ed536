"""Changes of a subscription's price, quantity and interval, with prorations, and the preview of an invoice.

Sources, by the names of Stripe's pages: "Update a subscription", "Prorations", "Create a preview invoice". The note on
quantity is that of Stripe's own library: "When changing a subscription item's price, `quantity` is set to 1 unless a
`quantity` parameter is provided."
"""

import copy
from collections.abc import Callable

from listings.fake_stripe.billing import invoices
from listings.fake_stripe.billing.subscriptions import ENDED, amount_of, item_of, later, period_line
from listings.fake_stripe.objects import ApiError, get, list_all, make, now, save

BEHAVIORS = ("create_prorations", "always_invoice", "none")
Priced = Callable[[dict], str]  # the id of the price that a changed item names


def changed_item(subscription: dict, changed: dict, price_of: Priced, at: int) -> dict:
    """The item after a change. A new price without a quantity has the quantity 1; a new interval begins a period."""
    item = copy.deepcopy(item_of(subscription))
    if not changed.get("id"):
        raise ApiError(
            "This server adds no second item to a subscription: send the id of the first.", param="items[0][id]"
        )
    if changed["id"] != item["id"]:
        message = f"No such subscription item: '{changed['id']}'"
        raise ApiError(message, status=404, code="resource_missing", param="items[0][id]")
    if "price_data" in changed or "price" in changed:
        price = get("price", price_of(changed))
        if price["currency"] != subscription["currency"]:
            raise ApiError(f"The price specified only supports `{price['currency']}`.", param="items[0][price]")
        is_new_interval = price["recurring"]["interval"] != item["price"]["recurring"]["interval"]
        item |= {"price": price, "quantity": 1}
        if is_new_interval:
            end = later(at, price["recurring"]["interval"])
            item |= {"current_period_start": at, "current_period_end": end}
    item["quantity"] = int(changed.get("quantity", item["quantity"]))
    return item


def prorations(before: dict, after: dict, at: int) -> list[dict]:
    """The credit for the unused time of an item and, within one period, the charge for the rest of the new one."""
    start, end = before["current_period_start"], before["current_period_end"]
    share = max(0.0, min(1.0, (end - at) / (end - start)))
    period = {"start": at, "end": end}
    name = get("product", before["price"]["product"])["name"] or "Plan"
    unused = -round(amount_of(before) * share)
    lines = [invoices.line(unused, before["quantity"], period, f"Unused time on {name}", before["price"])]
    if after["current_period_end"] == end:
        name, rest = get("product", after["price"]["product"])["name"] or "Plan", round(amount_of(after) * share)
        lines.append(invoices.line(rest, after["quantity"], period, f"Remaining time on {name}", after["price"]))
    return lines


def plan_change(subscription: dict, changed: dict, price_of: Priced, behavior: str, at: int):
    """The item after a change, the lines that are due now, and those that wait for the next invoice."""
    if behavior not in BEHAVIORS:
        raise ApiError("Invalid proration_behavior.", param="proration_behavior")
    before, after = item_of(subscription), changed_item(subscription, changed, price_of, at)
    if amount_of(before) == amount_of(after) and before["current_period_end"] == after["current_period_end"]:
        return after, [], []
    lines = [] if behavior == "none" else prorations(before, after, at)
    if after["current_period_end"] != before["current_period_end"]:  # billed at once, whatever the behavior
        return after, [*lines, period_line(after)], []
    return (after, lines, []) if behavior == "always_invoice" else (after, [], lines)


def change_item(subscription: dict, changed: dict, price_of: Priced, behavior: str, at: int | None = None) -> dict:
    """Make the change, and charge what is due now."""
    at = at or now(subscription["customer"])
    after, due, waiting = plan_change(subscription, changed, price_of, behavior, at)
    item_of(subscription).update(after)
    anchor = after["current_period_start"] if any(due) and not waiting else subscription["billing_cycle_anchor"]
    save(subscription, billing_cycle_anchor=anchor)
    customer = get("customer", subscription["customer"])
    for line in waiting:
        values = {name: line[name] for name in ("amount", "currency", "description", "period", "quantity")}
        make("invoiceitem", customer=customer["id"], proration=True, date=at, **values)
    if due and subscription["status"] != "trialing":
        invoice = invoices.create(customer, subscription, "subscription_update", due)
        invoices.finalize(invoice)
        if subscription["collection_method"] == "charge_automatically" or not invoice["amount_due"]:
            invoices.attempt(invoice)
        subscription |= get("subscription", subscription["id"])
    return subscription


def preview(customer: dict, subscription: dict, details: dict, price_of: Priced) -> dict:
    """The invoice that a change would make at once, or else the next one with what waits for it. Saves nothing."""
    if subscription["status"] in ENDED or (subscription["cancel_at_period_end"] and not details):
        message = f"No upcoming invoices for customer: '{customer['id']}'"
        raise ApiError(message, status=404, code="invoice_upcoming_none")
    at = int(details.get("proration_date") or now(customer["id"]))
    item, due, waiting = item_of(subscription), [], []
    if details.get("items"):
        behavior = details.get("proration_behavior") or "create_prorations"
        item, due, waiting = plan_change(subscription, details["items"][0], price_of, behavior, at)
    if due:
        return _shown(invoices.compose(customer, subscription, "subscription_update", due))
    kept = [each for each in list_all("invoiceitem", customer=customer["id"]) if not each["invoice"]]
    waiting += [invoices.line(each["amount"], each["quantity"], each["period"], each["description"]) for each in kept]
    end = item["current_period_end"]
    following = item | {
        "current_period_start": end,
        "current_period_end": later(end, item["price"]["recurring"]["interval"]),
    }
    dates = {"created": end, "next_payment_attempt": end + invoices.DRAFT_SECONDS}
    lines = [*waiting, period_line(following)]
    return _shown(invoices.compose(customer, subscription, "upcoming", lines, **dates))


def _shown(invoice: dict) -> dict:
    return invoice | {"id": f"upcoming_{invoice['id']}"}
