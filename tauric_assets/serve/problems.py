"""Errors as the outside reads them: RFC 9457 problem documents, one line of detail, never a traceback.

Belongs here: which error is which status. Not here: raising them.
Source: RFC 9457, "Problem Details for HTTP APIs".
"""

import json
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from tauric_assets.errors import LakeConflict, StorageUnavailable, TauricError, UsageError

MEDIA_TYPE = "application/problem+json"
_STATUSES: tuple[tuple[type[TauricError], HTTPStatus], ...] = (
    (UsageError, HTTPStatus.BAD_REQUEST),
    (LakeConflict, HTTPStatus.CONFLICT),
    (StorageUnavailable, HTTPStatus.SERVICE_UNAVAILABLE),
)


def problem(status: int, detail: str) -> Response:
    """A problem document; its title is the status' own words."""
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return Response(json.dumps(told), status, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""
    app.add_exception_handler(TauricError, _of_house)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(HTTPException, _of_routing)
    app.add_exception_handler(Exception, _of_nobody_knows)


async def _of_house(request: Request, error: Exception) -> Response:
    status = next((status for kind, status in _STATUSES if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem(status, str(error))


async def _of_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    told = []
    for one in error.errors():
        name = str(one["loc"][-1])
        told.append(f"unknown parameter {name}" if one["type"] == "extra_forbidden" else f"{name}: {one['msg']}")
    return problem(HTTPStatus.BAD_REQUEST, "; ".join(told))


async def _of_routing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, str(error.detail))


async def _of_nobody_knows(request: Request, error: Exception) -> Response:
    return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "the house failed on this one; its log tells why")
