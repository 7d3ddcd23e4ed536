"""How a request reaches the API: its key, its form fields, and idempotency.

A request that changes something holds one lock until it is committed, so any number of parallel requests with one
idempotency key do one thing.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.db import transaction

from listings.fake_stripe import faults
from listings.fake_stripe.models import GatewayObject
from listings.fake_stripe.objects import ApiError, find, locked

DECLINED = 402
Handle = Callable[[str, str, dict], dict]  # method, path below /v1/ and parameters: the object to show


def answer(handle: Handle, method: str, url: str, body: str | bytes, headers: dict[str, str]) -> faults.Answer:
    """The status and body of the response to one request. `handle` does its work and may raise ApiError.

    Raises OSError if a fault was asked for with which no answer comes.
    """
    path = urlsplit(url).path
    return faults.answer(lambda: _answer(handle, method, url, body, headers), method.upper(), path)


def _answer(handle: Handle, method: str, url: str, body: str | bytes, headers: dict[str, str]) -> faults.Answer:
    method, parts = method.upper(), urlsplit(url)
    text = body.decode() if isinstance(body, bytes) else body
    pairs = parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(text, keep_blank_values=True)
    named = {name.lower(): value for name, value in headers.items()}
    try:
        _check_key(named.get("authorization", ""))
        path = parts.path[parts.path.index("/v1/") + 4 :].strip("/")
        if method == "GET":
            return 200, handle(method, path, nested(pairs))
        return _once(handle, method, path, pairs, named.get("idempotency-key", ""))
    except ApiError as fault:
        return fault.status, fault.body
    except (KeyError, ValueError, TypeError, IndexError) as error:
        return 400, ApiError(f"The request is incomplete: {error}").body


def _check_key(authorization: str) -> None:
    scheme, _, value = authorization.partition(" ")
    if scheme == "Basic":
        value = base64.b64decode(value).decode().split(":")[0]
    if value != settings.STRIPE_SECRET_KEY:
        raise ApiError("Invalid API Key provided.", status=401)


def _once(handle: Handle, method: str, path: str, pairs: list, key: str) -> tuple[int, dict]:
    """A request with an idempotency key is handled once; a repetition gets the first response again."""
    fingerprint = hashlib.sha256(repr((method, path, sorted(pairs))).encode()).hexdigest()
    with locked():
        earlier = find("idempotency", f"idempotency {key}") if key else None
        if earlier and earlier["fingerprint"] != fingerprint:
            message = "Keys for idempotent requests can only be used with the same parameters."
            raise ApiError(message, kind="idempotency_error")
        if earlier:
            return earlier["status"], earlier["body"]
        try:
            with transaction.atomic():
                made = handle(method, path, nested(pairs))
                result = DECLINED if "error" in made else 200, made
        except ApiError as fault:
            result = fault.status, fault.body
        if key:
            data = {"fingerprint": fingerprint, "status": result[0], "body": result[1]}
            GatewayObject.objects.create(id=f"idempotency {key}", kind="idempotency", data=data)
        return result


def nested(pairs: list[tuple[str, str]]) -> dict:
    """The structure that form fields encode: a[b][0]=c is {"a": {"b": ["c"]}}."""
    tree: dict = {}
    for name, value in pairs:
        head, *rest = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        branch, step = tree, head
        for following in rest:
            branch = branch.setdefault(step, {})
            step = following or str(len(branch))
        branch[step] = {"true": True, "false": False}.get(value, value)
    return _with_lists(tree)


def _with_lists(tree):
    if not isinstance(tree, dict):
        return tree
    filled = {name: _with_lists(value) for name, value in tree.items()}
    if filled and all(name.isdigit() for name in filled):
        return [filled[name] for name in sorted(filled, key=int)]
    return filled
