"""The REST API: every canonical table, search and pictures, each as of an instant.

Belongs here: paths, headers, conditional requests. Not here: reading (reading.py), encoding (representations.py).
Source: RFC 9110 (conditional requests), RFC 9457 (problems).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from threading import Thread
from typing import Annotated

from fastapi import APIRouter, FastAPI, Query, Request, Response
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from tauric_assets.errors import UsageError
from tauric_assets.house import House
from tauric_assets.serve import desk, mcp_server, pictures, problems
from tauric_assets.serve.cursors import Cursor, parse_cursor
from tauric_assets.serve.parameters import Parameters, SearchParameters, Span, TableParameters, or_none
from tauric_assets.serve.reading import Page, entity_tag, instant, instant_text, present, read, standing
from tauric_assets.serve.representations import MEDIA_TYPES, encode, to_json, wanted_form
from tauric_assets.serve.searching import Passages
from tauric_assets.tables import TABLES

LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]", "::1"]
"""Host headers answered: a page from elsewhere whose name points here (DNS rebinding) gets no answer."""


def create_app(house: House) -> FastAPI:
    """REST under `/v1`, MCP under `/mcp`, the desk at `/`, over one house; it only reads."""
    passages = Passages(house)
    mcp = mcp_server.create_server(house, passages)
    mcp_app = mcp_server.http_app(mcp)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        warming = Thread(target=passages.warm, name="warm-search", daemon=True)  # importing LanceDB takes seconds
        warming.start()
        async with mcp.session_manager.run():
            yield
        warming.join()

    app = FastAPI(
        title="Tauric Assets",
        version="1",
        description="Market data as it was known at any instant.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=LOOPBACK_NAMES)
    problems.install(app)
    app.include_router(_overview(house))
    app.include_router(_answers(house, passages))
    app.include_router(desk.router())
    app.router.routes.extend(mcp_app.routes)
    return app


def _overview(house: House) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def health() -> Response:
        """Whether the lake can be read, and the version of each table."""
        told = {"status": "ok", "tables": {name: house.lake.status(name).version for name in TABLES}}
        return _json(told)

    @router.get("/v1/tables")
    def tables() -> Response:
        """Every table: what a row is, its key and columns, and how full it is."""
        told = []
        for table in TABLES.values():
            status = house.lake.status(table.name)
            told.append(
                {
                    "name": table.name,
                    "description": table.description,
                    "key": table.key,
                    "columns": [{"name": field.name, "type": str(field.type)} for field in table.schema],
                    "rows": status.rows,
                    "first_day": status.first_day,
                    "last_day": status.last_day,
                    "version": status.version,
                }
            )
        return _json({"tables": told})

    return router


def _answers(house: House, passages: Passages) -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/search")
    def search(given: Annotated[SearchParameters, Query()]) -> Response:
        """The figure a question asks for and the passages that answer it, of what was known at `as_of`."""
        as_of = _as_of(house, given)
        kinds, symbols, forms = or_none(given.kinds), or_none(given.symbols), or_none(given.forms)
        answered = passages.search(given.question, given.k, as_of, kinds, symbols, forms)
        return _json({"as_of": instant_text(as_of), **answered}, {"X-As-Of": instant_text(as_of)})

    @router.get("/bars/{symbol}/picture", response_class=Response)
    def picture(symbol: str, given: Annotated[Span, Query()]) -> Response:
        """Candlesticks of one symbol on one venue as PNG; without `start` the latest bars."""
        as_of = _as_of(house, given)
        image = pictures.picture(house, symbol, given, as_of)
        return Response(image, media_type="image/png", headers={"X-As-Of": instant_text(as_of)})

    @router.get("/{table}")
    def table(table: str, given: Annotated[TableParameters, Query()], request: Request) -> Response:
        """Rows of one canonical table as known at `as_of`, page by page."""
        return _table_page(house, table, given, request)

    return router


def _table_page(house: House, table: str, given: TableParameters, request: Request) -> Response:
    if table not in TABLES:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"no table {table!r}; there are: {', '.join(sorted(TABLES))}")
    form = given.format or wanted_form(request.headers.get("accept", ""))
    if form is None:
        raise HTTPException(HTTPStatus.NOT_ACCEPTABLE, f"this can be had as {', '.join(MEDIA_TYPES.values())}")
    question = given.question(table, _as_of(house, given))
    now = standing(house, question)
    versions, offset = now.versions, 0
    if given.cursor is not None:
        cursor = parse_cursor(given.cursor, question)
        if given.as_of is not None and question.as_of != cursor.as_of:
            raise UsageError("this cursor belongs to another as_of: leave as_of out, the cursor knows it")
        question = given.question(table, cursor.as_of)
        versions, offset = cursor.versions, cursor.offset
    tag = entity_tag(question, versions, now.newest, f"{form} {given.limit} {offset}")
    headers = {
        "ETag": tag,
        "Vary": "Accept",
        "Cache-Control": "no-cache",
        "X-As-Of": instant_text(question.as_of),
        "X-Data-Version": str(versions[table]),
    }
    if _same(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    page = read(house, question, given.limit, offset, versions)
    following = _following(page, question.digest, question.as_of)
    if following is not None:
        headers["X-Next-Cursor"] = following
    told = {
        "table": table,
        "as_of": instant_text(question.as_of),
        "version": versions[table],
        "next_cursor": following,
    }
    return Response(encode(page.rows, form, told), headers=headers, media_type=MEDIA_TYPES[form])


def _following(page: Page, question: str, as_of: int) -> str | None:
    if page.next_offset is None:
        return None
    return Cursor(question=question, as_of=as_of, versions=dict(page.versions), offset=page.next_offset).text


def _as_of(house: House, given: Parameters) -> int:
    return instant(given.as_of) if given.as_of else present(house)


def _same(if_none_match: str, tag: str) -> bool:
    """Whether the client has this: weak comparison, as GET wants it."""
    known = {one.strip().removeprefix("W/") for one in if_none_match.split(",")}
    return "*" in known or tag.removeprefix("W/") in known


def _json(told: Mapping[str, object], headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(told), headers=headers, media_type=MEDIA_TYPES["json"])
