"""Writes the reference pages from the code they describe: settings, tables, commands.

Run `make references`; a test fails where a page and the code differ.
Belongs here: turning declarations into Markdown. Not here: prose pages.
"""

from pathlib import Path

import typer.main
from typer.core import TyperCommand, TyperGroup, TyperOption

from tauric_assets.cli import app
from tauric_assets.settings import ENVIRONMENT_PREFIX, PROJECT_FOLDER, Settings
from tauric_assets.tables import TABLES

FOLDER = Path(__file__).parent


def settings_page() -> str:
    """Every setting with its default and its sentence."""
    lines = ["# Settings", "", "Environment variables; an unknown `TAURIC_` name is an error.", ""]
    lines += ["| variable | default | what |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = field.default
        within = isinstance(default, Path) and default.is_relative_to(PROJECT_FOLDER)
        shown = default.relative_to(PROJECT_FOLDER) if within else default
        lines.append(f"| `{ENVIRONMENT_PREFIX}{name.upper()}` | `{shown}` | {field.description} |")
    return "\n".join(lines) + "\n"


def tables_page() -> str:
    """Every canonical table with key and columns."""
    lines = ["# Tables", "", "Instants are int64 nanoseconds UTC; views add `ts_event_utc` and `known_at_utc`."]
    for table in TABLES.values():
        lines += ["", f"## {table.name}", "", table.description, "", f"Key: {', '.join(f'`{k}`' for k in table.key)}."]
        lines += ["", "| column | type |", "|---|---|"]
        lines += [f"| `{field.name}` | {field.type} |" for field in table.schema]
    return "\n".join(lines) + "\n"


def commands_page() -> str:
    """Every command with its options."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    lines = ["# Commands", "", "Exit code 0: done; 1: failed, or something was quarantined; 2: asked wrongly."]
    for name in sorted(group.commands):
        command = group.commands[name]
        lines += ["", f"## tauric {name}", "", *_command(command)]
        if isinstance(command, TyperGroup):
            for inner in sorted(command.commands):
                lines += ["", f"## tauric {name} {inner}", "", *_command(command.commands[inner])]
    return "\n".join(lines) + "\n"


def _command(command: object) -> list[str]:
    assert isinstance(command, TyperCommand | TyperGroup)
    lines, rows = [command.help or ""], []
    for parameter in command.params:
        name = parameter.opts[0] if isinstance(parameter, TyperOption) else (parameter.name or "").upper()
        rows.append(f"| `{name}` | {getattr(parameter, 'help', None) or ''} |")
    return [*lines, "", "| option | what |", "|---|---|", *rows] if rows else lines


PAGES = {"settings.md": settings_page, "tables.md": tables_page, "commands.md": commands_page}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page())


if __name__ == "__main__":
    main()
