"""GDELT as the sandbox serves it: lists and 15-minute files of the Global Knowledge Graph.

Only slots in which something appeared have a file; the master list reaches DAYS_LISTED back.

Belongs here: files, lists, their columns. Not here: what is reported (the market), conditional requests (answers.py).
Specification: GDELT Global Knowledge Graph Codebook V2.1.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tauric_assets.sandbox.answers import moment_of, page
from tauric_assets.sandbox.context import Sandbox
from tauric_assets.sandbox.market import Article
from tauric_assets.times import DAY_NS, SECOND_NS, day_of_ns, day_start_ns, ns_to_datetime

HOST = "data.gdeltproject.org"
FOLDER = f"/{HOST}/gdeltv2"
SLOT_NS = 900 * SECOND_NS
DAYS_LISTED = 120
ZIP_TIME = (2026, 1, 1, 0, 0, 0)
DAYS_KEPT = 200


class GdeltServer:
    """The lists and the files of one market."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._day = lru_cache(DAYS_KEPT)(self._made)

    def routes(self) -> list[Route]:
        """The two lists and the files."""
        return [
            Route(f"{FOLDER}/lastupdate.txt", self.latest),
            Route(f"{FOLDER}/masterfilelist.txt", self.master),
            Route(f"{FOLDER}/{{stamp:int}}.gkg.csv.zip", self.file),
        ]

    def latest(self, request: Request) -> Response:
        """The last file there is; empty where there is none."""
        moment = moment_of(request, self._sandbox.clock)
        today = day_of_ns(moment.at)
        for day in (today, today - timedelta(days=1), today - timedelta(days=2), today - timedelta(days=3)):
            lines = list(self._lines(day, moment.at))
            if lines:
                return page(request, lines[-1].encode(), "text/plain", moment)
        return page(request, b"", "text/plain", moment)

    def master(self, request: Request) -> Response:
        """Every file of the last DAYS_LISTED days."""
        moment = moment_of(request, self._sandbox.clock)
        today = day_of_ns(moment.at)
        first = max(self._sandbox.market.first_day(), today - timedelta(days=DAYS_LISTED))
        days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
        body = "".join(line for day in days for line in self._lines(day, moment.at))
        return page(request, body.encode(), "text/plain", moment)

    def file(self, request: Request) -> Response:
        """One slot's file, or 404."""
        moment, stamp = moment_of(request, self._sandbox.clock), str(request.path_params["stamp"])
        try:
            day = date(int(stamp[:4]), int(stamp[4:6]), int(stamp[6:8]))
        except ValueError:
            return PlainTextResponse("404\n", status_code=404)
        for at, body in self._day(day):
            if at <= moment.at and _stamp(at) == stamp:
                return page(request, body, "application/zip", moment)
        return PlainTextResponse("404\n", status_code=404)

    def _lines(self, day: date, until: int) -> Iterator[str]:
        for at, body in self._day(day):
            if at <= until:
                md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
                yield f"{len(body)} {md5} http://{HOST}/gdeltv2/{_stamp(at)}.gkg.csv.zip\n"

    def _made(self, day: date) -> tuple[tuple[int, bytes], ...]:
        """Slots of a day at which a file appears, and the file: what appeared in the 15 minutes before."""
        start = day_start_ns(day)
        slots: dict[int, list[Article]] = {}
        for article in self._sandbox.market.articles(start - SLOT_NS, start + DAY_NS - SLOT_NS):
            slots.setdefault(article.appears_at // SLOT_NS * SLOT_NS + SLOT_NS, []).append(article)
        return tuple((at, _zipped(at, articles)) for at, articles in sorted(slots.items()))


def _stamp(at: int) -> str:
    return f"{ns_to_datetime(at):%Y%m%d%H%M%S}"


def _zipped(at: int, articles: list[Article]) -> bytes:
    lines = "".join(_line(at, number, article) for number, article in enumerate(articles))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{_stamp(at)}.gkg.csv", ZIP_TIME), lines.encode())
    return file.getvalue()


def _line(at: int, number: int, article: Article) -> str:
    cells = [""] * 27
    published = f"{ns_to_datetime(article.appears_at):%Y%m%d%H%M%S}"
    cells[0], cells[1], cells[2] = f"{_stamp(at)}-{number}", _stamp(at), "1"
    cells[3], cells[4] = article.link.split("/")[2] if "//" in article.link else "", article.link
    cells[7] = ";".join(article.themes) + ";"
    cells[13] = ";".join(article.organisations)
    cells[15] = f"{article.tone},3.1,1.9,5.0,20.0,0.5,{len(article.title.split()) + 180}"
    cells[26] = (
        f"<PAGE_PRECISEPUBTIMESTAMP>{published}</PAGE_PRECISEPUBTIMESTAMP>"
        f"<PAGE_TITLE>{escape(article.title)}</PAGE_TITLE>"
    )
    return "\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells) + "\n"
