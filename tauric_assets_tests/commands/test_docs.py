"""The documentation: commands and Python blocks run, references agree with the code, links lead somewhere.

Its first command is the demo, which is looked at closely: what it shows, and that a second one adds nothing.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.generate import PAGES
from tauric_assets.settings import PROJECT_FOLDER, child_environment, load_settings

DOCS = PROJECT_FOLDER / "docs"
ALL_PAGES = sorted([*DOCS.glob("*.md"), PROJECT_FOLDER / "README.md"])
FIRST_RUN, *LATER = (DOCS / f"{name}.md" for name in ("first-run", "query", "add-a-feed", "backfill", "edgar"))
FENCE = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
README_LINES_MAX = 60
PAGE_TIMEOUT_S = 400


@pytest.mark.parametrize("name", PAGES)
def test_references_are_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text() == PAGES[name](), "run: make references"


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_first_screen_says_two_commands_and_shows_two_pictures() -> None:
    lines = (PROJECT_FOLDER / "README.md").read_text().splitlines()
    assert len(lines) < README_LINES_MAX
    assert [line for line in lines[:12] if line.startswith("$ ")] == ["$ make demo", "$ make test"]
    assert sum(line.startswith("![") for line in lines[:20]) == 2


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the project's files in it, this virtual environment as its `.venv`, and data of its own."""
    folder = tmp_path_factory.mktemp("docs")
    for name in ("tauric_assets", "pyproject.toml", "workspace.yaml", "dagster.yaml", "Makefile", "requirements.lock"):
        source = PROJECT_FOLDER / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    (folder / "data").mkdir()
    bin_folder = folder / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    for name in ("python", "uv", "tauric", "dagster"):
        script = bin_folder / name  # not a link: Python finds its packages from where it was started
        script.write_text(f'#!/bin/sh\nexec {Path(sys.executable).parent / name} "$@"\n')
        script.chmod(0o755)
    (folder / ".venv" / ".ready").touch()
    yield folder


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(project: Path, lines: list[str]) -> str:
    """What they print, run as a person would, but the sandbox takes a port that is surely free, and is waited for."""
    port = free_port()
    settings = load_settings(data_dir=project / "data", sandbox_url=f"http://127.0.0.1:{port}")
    lines = [line.replace("tauric sandbox ", f"tauric sandbox --port {port} ") for line in lines]
    ready = f"until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do sleep 0.1; done"
    script = "\n".join(f"{line}\n{ready}" if line.endswith(" &") else line for line in lines)
    path = f"{project / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = child_environment(settings, PYTHONPATH=str(project), PATH=path)
    script = f"set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=project, env=environment, capture_output=True, text=True, timeout=PAGE_TIMEOUT_S
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


def script_of(page: Path) -> list[str]:
    script = []
    for language, text in FENCE.findall(page.read_text()):
        if language == "console":
            script += [line[2:] for line in text.splitlines() if line.startswith("$ ")]
        elif language == "python":
            script.append(f"python - <<'PYTHON'\n{text}PYTHON")
    assert script, page
    return script


def rows(project: Path) -> dict[str, int]:
    return {table["table"]: table["rows"] for table in json.loads(run(project, ["tauric status --json"]))["tables"]}


def new_rows(shown: str) -> dict[str, int]:
    """The column `new` of the demo's table, by asset."""
    lines = re.findall(r"^([\w/]+) +(\d+) +([\d,]+) +([\d,]+) +[\d.]+$", shown, re.MULTILINE)
    return {asset: int(new.replace(",", "")) for asset, _, _, new in lines}


@pytest.fixture(scope="module")
def demo(project: Path) -> str:
    """What the demo shows in an empty folder."""
    first, *_ = script_of(FIRST_RUN)
    assert first == "make demo"
    return run(project, [first])


@pytest.mark.slow
@pytest.mark.timeout(3 * PAGE_TIMEOUT_S)
def test_the_demo_shows_everything_and_its_second_run_adds_nothing(project: Path, demo: str) -> None:
    assert {"raw/edgar", "trades", "bars", "indicators", "panel", "faiss_snapshot", "warehouse"} <= set(new_rows(demo))
    assert "tauric status" in demo
    (chart,) = re.findall(r"a chart +(\S+\.png)", demo.replace("\n", ""))
    assert Path(chart).read_bytes().startswith(b"\x89PNG")
    first = rows(project)

    again = run(project, ["tauric demo"])
    assert set(new_rows(again).values()) == {0}
    assert rows(project) == first


@pytest.mark.slow
@pytest.mark.timeout((len(LATER) + 2) * PAGE_TIMEOUT_S)
@pytest.mark.usefixtures("demo")
def test_the_commands_and_programs_of_the_pages_run(project: Path) -> None:
    """In the order in which a person would read them: the demo, which has run, makes what the others ask about."""
    run(project, script_of(FIRST_RUN)[1:])
    for page in LATER:
        run(project, script_of(page))
