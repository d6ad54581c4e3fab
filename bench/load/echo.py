"""A bare Sanic that gives back the text it gets: what HTTP alone costs here. `python -m bench.load.echo PORT`."""

from __future__ import annotations

import sys
from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sanic.response import json as json_response

app: Sanic[Any, Any] = Sanic("bare_echo", configure_logging=False)


@app.get("/readyz")
async def ready(_request: Request) -> HTTPResponse:
    """It listens."""
    return json_response({})


@app.post("/echo")
async def echo(request: Request) -> HTTPResponse:
    """The text, as a list of one message."""
    return json_response({"messages": [{"text": request.json["text"]}]})


if __name__ == "__main__":
    app.run(host="127.0.0.1", port=int(sys.argv[1]), single_process=True, motd=False, access_log=False)
