"""Slack's requests to this server: Events API and Interactivity. Authentic first, then read, then taken."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs

from sanic import Blueprint, HTTPResponse, Request
from sanic.response import empty
from sanic.response import json as json_response
from slack_sdk.signature import SignatureVerifier

from channels.slack import arrivals
from channels.slack.channel import Slack
from serving.ingress.bodies import BadBody, read_json
from serving.ingress.refusals import refusal

SECONDS = re.compile(r"[0-9]{1,12}\Z", re.ASCII)
SIGNATURE = re.compile(r"v0=[0-9a-f]{64}\Z", re.ASCII)


class Unreadable(ValueError):
    """A body that is signed and yet not what Slack sends."""


def blueprint(slack: Slack, signing_secret: str) -> Blueprint:
    """The routes under /webhooks/slack."""
    routes = Blueprint("slack", url_prefix="/webhooks/slack")
    verifier = SignatureVerifier(signing_secret)

    @routes.on_request
    async def check(request: Request) -> HTTPResponse | None:
        if request.method == "POST" and not authentic(verifier, request.headers, request.body):
            return refusal(401, "signature")
        return None

    @routes.post("/events")
    async def events(request: Request) -> HTTPResponse:
        try:
            payload = _json(request.body)
        except Unreadable:
            return refusal(400, "body")
        if payload.get("type") == "url_verification":
            return json_response({"challenge": str(payload.get("challenge", ""))})
        if payload.get("type") == "event_callback":
            slack.admit(arrivals.of_event(payload))
        return empty(status=200)

    @routes.post("/interactions")
    async def interactions(request: Request) -> HTTPResponse:
        try:
            payload = _json(_form(request.body))
        except Unreadable:
            return refusal(400, "body")
        slack.admit(arrivals.of_interaction(payload))
        return empty(status=200)

    return routes


def authentic(verifier: SignatureVerifier, headers: Any, body: bytes) -> bool:
    """Signed with our secret within the last five minutes; compared in constant time, on the bytes as they came.

    The verifier of slack_sdk raises on a time that is no number, and on a body or signature that is no text.
    """
    seconds, signature = headers.get("x-slack-request-timestamp", ""), headers.get("x-slack-signature", "")
    if not SECONDS.match(seconds) or not SIGNATURE.match(signature):
        return False
    try:
        return bool(verifier.is_valid(body=body, timestamp=seconds, signature=signature))
    except UnicodeDecodeError:
        return False


def _form(body: bytes) -> bytes:
    try:
        fields = parse_qs(body.decode("utf-8"), strict_parsing=True, max_num_fields=10)
    except ValueError as error:
        raise Unreadable("not a form") from error
    return fields.get("payload", [""])[0].encode("utf-8", "surrogatepass")


def _json(body: bytes) -> dict[str, Any]:
    try:
        data = read_json(body)
    except BadBody as error:
        raise Unreadable("not JSON") from error
    if not isinstance(data, dict):
        raise Unreadable("not an object")
    return data
