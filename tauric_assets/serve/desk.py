"""The desk: one page that asks the REST API, and nothing else, of this house alone.

Belongs here: serving the page. Not here: what it shows (desk.html, in the browser).
"""

from pathlib import Path

from fastapi import APIRouter, Response

PAGE = Path(__file__).with_name("desk.html")
_POLICY = (
    "default-src 'none'; connect-src 'self'; img-src 'self' data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def router() -> APIRouter:
    """`GET /`: the page, with a policy that keeps the browser on this address."""
    routes = APIRouter()

    @routes.get("/", include_in_schema=False)
    def page() -> Response:
        """The desk."""
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"}
        return Response(PAGE.read_bytes(), media_type="text/html", headers=headers)

    return routes
