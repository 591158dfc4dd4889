"""The rules of the house that a machine can keep: imports, environment, printing, lengths, docstrings.

Belongs here: rules about the sources themselves. Not here: behaviour.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "tauric_assets"
SHELL = ("components", "defs", "definitions")
FRONT = ("commands", "cli", *SHELL)
FOUNDATION = ("errors", "times", "settings", "tables")
LEFT_TO_RIGHT = (
    *FOUNDATION,
    "feeds",
    "lake",
    "stream",
    "charts",
    "text",
    "vectors",
    "research",
    "house",
    "pipeline",
    "serve",
)
SANDBOX_MAY_IMPORT = ("errors", "times", "settings", "sandbox")
MODULE_LINES_MAX, FUNCTION_LINES_MAX = 500, 60
PLAIN_DATA = ("tables.py",)


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py"))


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes())


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, wherever in the file it stands."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def rooms_imported(path: Path) -> Iterator[tuple[int, str]]:
    for line, name in imported(path):
        parts = name.split(".")
        if parts[0] == "tauric_assets" and len(parts) > 1:
            yield line, parts[1]


def ids(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_only_the_shell_imports_dagster(path: Path) -> None:
    if room(path) not in SHELL:
        found = [f"line {line}: {name}" for line, name in imported(path) if name.startswith("dagster")]
        assert not found


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_rooms_import_leftwards_only(path: Path) -> None:
    here = room(path)
    if here in FRONT or here == "__init__":
        return
    if here == "sandbox":
        allowed: tuple[str, ...] = SANDBOX_MAY_IMPORT
    else:
        allowed = LEFT_TO_RIGHT[: LEFT_TO_RIGHT.index(here) + 1]
    found = [f"line {line}: {name}" for line, name in rooms_imported(path) if name not in allowed]
    assert not found, f"{here} may import {allowed}"


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_only_settings_reads_the_environment(path: Path) -> None:
    if path.name == "settings.py":
        return
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"environ", "getenv", "putenv"}, f"line {node.lineno}"


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_nobody_prints(path: Path) -> None:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "breakpoint"}, f"line {node.lineno}"


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_lengths(path: Path) -> None:
    lines = path.read_text().count("\n")
    assert lines <= MODULE_LINES_MAX or path.name in PLAIN_DATA, f"{lines} lines"
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= FUNCTION_LINES_MAX, f"{node.name}: {length} lines"


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_module_docstrings_say_what_belongs_and_what_does_not(path: Path) -> None:
    told = ast.get_docstring(tree_of(path)) or ""
    assert "Belongs here:" in told or path.name == "errors.py"
    assert "Not here:" in told


@pytest.mark.parametrize("path", modules(), ids=ids)
def test_public_names_have_docstrings(path: Path) -> None:
    tree = tree_of(path)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{node.name} has no docstring"


def test_every_room_has_a_name_in_the_order_of_rooms() -> None:
    found = {room(path) for path in modules()} - {"__init__"}
    assert found <= {*LEFT_TO_RIGHT, *FRONT, "sandbox"}


@pytest.mark.slow
def test_plain_rooms_run_without_dagster() -> None:
    names = sorted(
        ".".join(("tauric_assets", *path.relative_to(PACKAGE).with_suffix("").parts))
        for path in modules()
        if room(path) not in FRONT and path.name not in {"__init__.py", "__main__.py"}
    )
    program = f"import importlib, sys\nfor name in {names!r}: importlib.import_module(name)\n"
    program += "assert not [name for name in sys.modules if name.split('.')[0] == 'dagster']"
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_the_controls_can_fail(tmp_path: Path) -> None:
    """A file that breaks the rules is seen to break them."""
    offender = tmp_path / "offender.py"
    offender.write_text("import dagster\nfrom tauric_assets.serve import server\n")
    assert [name for _, name in imported(offender)] == ["dagster", "tauric_assets.serve.server"]
    assert [name for _, name in rooms_imported(offender)] == ["serve"]
