"""Draws the pictures of the stretches as PNG, for the chat platforms, which show no SVG: `models/pictures/`.

The SVGs in `widget/pictures/` are the originals. resvg draws them without a browser, in their light colours, with
the digits that they carry as paths.
"""

from __future__ import annotations

from pathlib import Path

import resvg_py

ROOT = Path(__file__).resolve().parents[1]
DRAWINGS = ROOT / "widget" / "pictures"
PICTURES = ROOT / "models" / "pictures"
WIDTH = 960  # pixels: twice the drawings' own size, sharp on a phone, well under 100 KB

PAPER = "#fbf4ea"  # the drawings' own: a photo has no transparent corners


def main() -> None:
    """Draw all of them, and drop what no drawing stands for any longer."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    drawings = {path.stem: path for path in DRAWINGS.glob("*.svg")}
    for old in PICTURES.glob("*.png"):
        if old.stem not in drawings:
            old.unlink()
    for name, path in drawings.items():
        drawn = resvg_py.svg_to_bytes(svg_path=str(path), width=WIDTH, background=PAPER)
        (PICTURES / f"{name}.png").write_bytes(bytes(drawn))


if __name__ == "__main__":
    main()
