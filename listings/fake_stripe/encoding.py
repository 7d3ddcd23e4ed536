"""How a request reaches the development gateway's API: the key, the form fields, and doing a thing once.

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

from listings.fake_stripe.objects import Fault, alone, find
from listings.models import GatewayObject

Handle = Callable[[str, str, dict], dict]  # method, path below /v1/ and parameters: the object to show


def answer(handle: Handle, method: str, url: str, body: str | bytes, headers: dict[str, str]) -> tuple[int, dict]:
    """Status and body for one request, whose work `handle` does; it may raise Fault."""
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
    except Fault as fault:
        return fault.status, fault.body
    except (KeyError, ValueError, TypeError, IndexError) as error:
        return 400, Fault(f"The request is incomplete: {error}").body


def _check_key(authorization: str) -> None:
    scheme, _, value = authorization.partition(" ")
    if scheme == "Basic":
        value = base64.b64decode(value).decode().split(":")[0]
    if value != settings.STRIPE_SECRET_KEY:
        raise Fault("Invalid API Key provided.", status=401)


def _once(handle: Handle, method: str, path: str, pairs: list, key: str) -> tuple[int, dict]:
    """A request with an idempotency key is done once; repeated, it gets the first answer again."""
    fingerprint = hashlib.sha256(repr((method, path, sorted(pairs))).encode()).hexdigest()
    with alone():
        kept = find("idempotency", f"idempotency {key}") if key else None
        if kept and kept["fingerprint"] != fingerprint:
            message = "Keys for idempotent requests can only be used with the same parameters."
            raise Fault(message, kind="idempotency_error")
        if kept:
            return kept["status"], kept["body"]
        try:
            with transaction.atomic():
                result = 200, handle(method, path, nested(pairs))
        except Fault as fault:
            result = fault.status, fault.body
        if key:
            data = {"fingerprint": fingerprint, "status": result[0], "body": result[1]}
            GatewayObject.objects.create(id=f"idempotency {key}", kind="idempotency", data=data)
        return result


def nested(pairs: list[tuple[str, str]]) -> dict:
    """Form fields as they are meant: a[b][0]=c is {"a": {"b": ["c"]}}."""
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
