"""What browsers load from this server: the widget's script, its pictures, and the demo page with the widget on it."""

from __future__ import annotations

from pathlib import Path

from sanic import Blueprint, HTTPResponse, Request
from sanic.exceptions import NotFound
from sanic.response import file, text

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
# The policy that the browser tests of the widget run under: no inline script or style, nothing of anyone else.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; require-trusted-types-for 'script'"
)
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # for one who opens a drawing by itself
# Any page may show the script and the pictures. Sanic adds `Cache-Control: no-cache`: asked for anew when changed.
FOR_ANY_SITE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
FOR_ALL = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin"}


def blueprint(widget: Path) -> Blueprint:
    """The routes for what lies in the folder `widget`."""
    routes = Blueprint("pages")
    script = widget / "dist" / "widget.js"
    not_built = (widget / "demo" / "not_built.txt").read_text(encoding="utf-8")

    @routes.get("/")
    async def demo(_request: Request) -> HTTPResponse:
        if not script.exists():
            return text(not_built, status=503)
        return await file(
            widget / "demo" / "index.html",
            mime_type="text/html; charset=utf-8",
            headers={"Content-Security-Policy": PAGE_POLICY},
        )

    @routes.get("/widget/widget.js")
    async def widget_script(request: Request) -> HTTPResponse:
        if not script.exists():
            return text(not_built, status=503)
        return await _sent(request, script)

    @routes.get("/widget/<folder:(pictures|demo)>/<name:str>")
    async def picture(request: Request, folder: str, name: str) -> HTTPResponse:
        found = {path.name: path for path in (widget / folder).iterdir() if path.suffix in TYPES}.get(name)
        if found is None:
            raise NotFound(name)
        return await _sent(request, found)

    return routes


async def _sent(request: Request, path: Path) -> HTTPResponse:
    policy = {"Content-Security-Policy": PICTURE_POLICY} if path.suffix == ".svg" else {}
    return await file(
        path,
        mime_type=f"{TYPES[path.suffix]}; charset=utf-8" if path.suffix != ".png" else TYPES[path.suffix],
        headers={**FOR_ANY_SITE, **policy},
        request_headers=request.headers,
    )


async def harden(_request: Request, response: HTTPResponse) -> None:
    """What every answer of this server says."""
    for name, value in FOR_ALL.items():
        response.headers.setdefault(name, value)
