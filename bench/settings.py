"""`make settings`: the table of settings in docs/operations.md, and .env.example, from serving/environment.py."""

from __future__ import annotations

from pathlib import Path

from serving.environment import TABLE

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "operations.md"
EXAMPLE = ROOT / ".env.example"
BEGIN, END = "<!-- settings: written by make settings -->\n", "<!-- end of settings -->\n"


def table() -> str:
    """The settings in Markdown, those of the server first."""
    lines = ["| variable | meaning | default |", "| --- | --- | --- |"]
    for setting in sorted(TABLE, key=lambda one: one.read_by != "server"):
        meaning = setting.meaning if setting.read_by == "server" else f"({setting.read_by}) {setting.meaning}"
        shown = "**secret**" if setting.secret else f"`{setting.default}`" if setting.default else ""
        lines.append(f"| `{setting.name}` | {meaning} | {shown} |")
    return "\n".join(lines) + "\n"


def example() -> str:
    """A file for compose or systemd with every setting of the server, commented out; secrets are left empty."""
    lines = [
        "# Copy to .env and uncomment what you change. Written by `make settings`; docs/operations.md explains it."
    ]
    for setting in TABLE:
        if setting.read_by == "server":
            value = "" if setting.secret else setting.example or setting.default
            lines += ["", f"# {setting.meaning.replace('`', '')}.", f"#{setting.name}={value}"]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page with the table of now. ValueError when it has no place for one."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("docs/operations.md has no place for the table")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    """Write both."""
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")


if __name__ == "__main__":
    main()
