"""The rules of the house that a machine can keep: imports, environment, printing, lengths, docstrings.

Belongs here: rules about the sources themselves. Not here: behaviour.
"""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
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


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(path)))


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every import, wherever in the file it stands."""
    for node in nodes_of(path):
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


Rule = Callable[[Path], Iterator[str]]


def dagster_outside_the_shell(path: Path) -> Iterator[str]:
    """Only the shell imports Dagster."""
    if room(path) not in SHELL:
        yield from (f"line {line}: imports {name}" for line, name in imported(path) if name.startswith("dagster"))


def imports_to_the_right(path: Path) -> Iterator[str]:
    """Rooms import leftwards only."""
    here = room(path)
    if here in FRONT or here == "__init__":
        return
    allowed = SANDBOX_MAY_IMPORT if here == "sandbox" else LEFT_TO_RIGHT[: LEFT_TO_RIGHT.index(here) + 1]
    yield from (f"line {line}: {here} imports {name}" for line, name in rooms_imported(path) if name not in allowed)


def reads_of_the_environment(path: Path) -> Iterator[str]:
    """Only settings.py reads the environment."""
    if path.name == "settings.py":
        return
    for node in nodes_of(path):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "putenv"}:
            yield f"line {node.lineno}: {node.attr}"


def prints(path: Path) -> Iterator[str]:
    """Nobody prints: commands/terminal.py does."""
    for node in nodes_of(path):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "breakpoint"}:
            yield f"line {node.lineno}: {node.func.id}"


def too_long(path: Path) -> Iterator[str]:
    """Modules and functions stay short."""
    lines = path.read_text().count("\n")
    if lines > MODULE_LINES_MAX and path.name not in PLAIN_DATA:
        yield f"{lines} lines"
    for node in nodes_of(path):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{node.name}: {length} lines"


def silent_about_what_belongs(path: Path) -> Iterator[str]:
    """Module docstrings say what belongs here and what does not."""
    told = ast.get_docstring(tree_of(path)) or ""
    if "Belongs here:" not in told and path.name != "errors.py":
        yield 'no "Belongs here:"'
    if "Not here:" not in told:
        yield 'no "Not here:"'


def undocumented(path: Path) -> Iterator[str]:
    """Public names have docstrings."""
    for node in tree_of(path).body:
        is_definition = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if is_definition and not node.name.startswith("_") and not ast.get_docstring(node):
            yield f"{node.name} has no docstring"


RULES: tuple[Rule, ...] = (
    dagster_outside_the_shell,
    imports_to_the_right,
    reads_of_the_environment,
    prints,
    too_long,
    silent_about_what_belongs,
    undocumented,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_every_module_keeps_the_rule(rule: Rule) -> None:
    offences = [f"{path.relative_to(PACKAGE)}: {told}" for path in modules() for told in rule(path)]
    assert not offences, "\n".join(offences)


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


def test_the_rules_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that breaks every rule is seen to break every rule."""
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    offender = tmp_path / "lake" / "offender.py"
    offender.parent.mkdir()
    body = "    pass\n" * FUNCTION_LINES_MAX
    offender.write_text(
        f"import os\nimport dagster\nfrom tauric_assets.serve import server\nprint(os.environ)\ndef long():\n{body}"
    )
    kept = [rule.__name__ for rule in RULES if not list(rule(offender))]
    assert not kept
