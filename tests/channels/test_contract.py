"""docs/openapi.yml and the running server say the same (schemathesis)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from ruamel.yaml import YAML
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    unsupported_method,
    use_after_free,
)

from tests.channels.running_server import RunningServer

DESCRIPTION = Path(__file__).parents[2] / "docs/openapi.yml"
TYPES = re.compile(rb"(get|post|put|delete|options)\(\s*\"(/[^\"]*)\"")
schema = schemathesis.openapi.from_dict(YAML(typ="safe").load(DESCRIPTION))
# Streams are tested by hand (test_web.py): a client that reads to the end waits for minutes.
asked = schema.exclude(operation_id="events")
# The own checks of this file stand for these: tokens are tested in test_web.py; a deleted conversation is empty, not
# gone; other methods get the safety text with 405.
NOT = [ignored_auth, use_after_free, unsupported_method, negative_data_rejection]


@pytest.fixture(scope="module")
def token(served: RunningServer) -> str:
    """A conversation with something in it."""
    token = served.session()
    served.say(token, text="what is an mri")
    return token


@asked.parametrize()
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_answer_is_as_described(case: Any, served: RunningServer, token: str) -> None:
    if case.operation.definition.raw.get("security"):
        case.headers["Authorization"] = f"Bearer {token}"
    response = case.call(base_url=served.url, timeout=40)
    case.validate_response(response, excluded_checks=NOT)
    if response.status_code >= 400 and "messages" in response.text:
        assert json.loads(response.text)["messages"][0]["text"].strip()


def test_every_route_is_described() -> None:
    source = (Path(__file__).parents[2] / "channels/web.py").read_bytes()
    routes = {("get" if m == b"get" else m.decode(), "/webhooks/web" + p.decode()) for m, p in TYPES.findall(source)}
    described = {
        (method, path)
        for path, item in YAML(typ="safe").load(DESCRIPTION)["paths"].items()
        for method in item
        if path.startswith("/webhooks")
    }
    assert described == routes
