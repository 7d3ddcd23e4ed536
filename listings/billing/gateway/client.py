"""How the gateway is reached, and what its errors mean."""

import json
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import stripe
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from core.page_calls import TooBusy, seconds_for_call
from listings.billing.gateway_types import GatewayError, GatewayMisconfigured, GatewayRefused, GatewayUnavailable

TIMEOUT_SECONDS = 10.0
NO_ANSWER = "The payment service did not answer in time."
PAGE = 100  # the most that the gateway lists at once
# Final answers about one object. Any other refusal of a request is a mistake of ours, or a setting.
FINAL_CODES = {
    "charge_already_refunded",
    "charge_disputed",
    "coupon_expired",
    "invoice_not_editable",
    "resource_already_exists",
    "resource_missing",
    "subscription_canceled",
}

stripe.enable_telemetry = False
Result = TypeVar("Result")


class _InProcessClient(stripe.HTTPClient):
    """Hands each request to a function of this process instead of the network: no port and no second thread."""

    name = "in-process"

    def __init__(self, handle: Callable[[str, str, str, dict[str, str]], tuple[int, dict[str, Any] | str]]):
        super().__init__()
        self.handle = handle

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None = None, post_data: Any = None, **kwargs: Any
    ) -> tuple[str, int, Mapping[str, str]]:
        _seconds_for_call(TIMEOUT_SECONDS)
        try:
            status, body = self.handle(method, url, post_data or "", dict(headers or {}))
        except OSError as error:
            raise stripe.APIConnectionError(str(error)) from error  # type: ignore[no-untyped-call]  # Stripe's has no types
        text = body if isinstance(body, str) else json.dumps(body)  # text: it was cut off
        return text, status, {"Request-Id": "req_development"}

    def close(self) -> None:
        pass


class _DeadlineClient(stripe.RequestsClient):
    """Gives up after `seconds` in all; the library's own timeout is between two bytes, however many arrive."""

    def __init__(self, seconds: float):
        super().__init__(timeout=seconds)
        self.seconds = seconds

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **kwargs: Any
    ) -> Any:
        seconds = _seconds_for_call(self.seconds)
        responses: SimpleQueue[Any] = SimpleQueue()
        send = super().request

        def work() -> None:
            try:
                responses.put(send(method, url, headers, post_data))
            except Exception as error:
                responses.put(error)

        # A daemon thread: while it waits for bytes it does not keep its process from ending.
        Thread(target=work, daemon=True).start()
        try:
            response = responses.get(timeout=seconds)
        except Empty:
            sentence = "The answer did not end in time."
            raise stripe.APIConnectionError(sentence) from None  # type: ignore[no-untyped-call]  # Stripe's has no types
        if isinstance(response, Exception):
            raise response
        return response


def _seconds_for_call(usual_seconds: float) -> float:
    try:
        return seconds_for_call(usual_seconds)
    except TooBusy as error:
        raise GatewayUnavailable(NO_ANSWER) from error


def client() -> stripe.StripeClient:
    """Raises RuntimeError inside a transaction: it would hold its locks and its connection while we wait."""
    _refuse_in_transaction()
    if settings.PAYMENT_GATEWAY == "off":
        raise GatewayUnavailable("Plans cannot be bought here yet.")
    http_client: stripe.HTTPClient = _DeadlineClient(TIMEOUT_SECONDS)
    if settings.PAYMENT_GATEWAY == "development":
        http_client = _InProcessClient(import_string(settings.FAKE_STRIPE_API))
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE},
        max_network_retries=0,  # whether to try again, with a new deadline, is the caller's decision
        http_client=http_client,
    )


def _refuse_in_transaction() -> None:
    """The transaction that wraps a test case is none of ours."""
    if any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks):
        raise RuntimeError("The payment gateway is called inside a database transaction.")


def call(request: Callable[[], Result]) -> Result:
    """Run a request; the errors of Stripe's library become ours."""
    try:
        return request()
    except stripe.StripeError as error:
        raise _our_error(error) from error


def _our_error(error: stripe.StripeError) -> GatewayError:
    status, code = error.http_status, error.code or ""
    message = error.user_message or type(error).__name__
    if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError) or status is None:
        return GatewayUnavailable(NO_ANSWER)
    if status < 400:  # it was done, perhaps, but the answer cannot be read: it was cut off
        return GatewayUnavailable("The payment service's answer was cut off.")
    if status == 409 or status >= 500:  # a lock held too long, a key in use, or its own failure
        return GatewayUnavailable("The payment service failed.", was_answered=status >= 500)
    if isinstance(error, stripe.CardError):
        return GatewayRefused(message, code)
    if isinstance(error, stripe.InvalidRequestError) and code in FINAL_CODES:
        return GatewayRefused(message, code, error.param or "")
    return GatewayMisconfigured(f"{message} ({status} {code})".replace(" )", ")"))


def list_all(request: Callable[[], Any]) -> list[Any]:
    """Every page of a list."""
    return call(lambda: list(request().auto_paging_iter()))
