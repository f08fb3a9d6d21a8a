"""A bulletin as PDF: set by Typst, with Noto fonts embedded, so that it reads the same on every machine.

Typst runs inside this process and reads nothing but the template, the document and the two fonts: no system font, no
package, no request.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from training.bulletin.wording import HERE

SANS = "Noto Sans SC"
# Classes that the page's style sheet gives to the texts of drawings; sizes in the drawings' own units.
STYLE = (
    f"text{{font-family:'{SANS}';font-size:12px;fill:#1c2b30}}.tick{{font-size:10.5px;fill:#5b6b70}}"
    ".axis{font-size:11px;fill:#5b6b70}.panel{font-size:12.5px}.place{font-size:11px}"
)


def paper(document: dict[str, Any]) -> bytes:
    """Return a document as PDF/A-2a, dated by the day of its records."""
    import typst
    from pylopdf_fonts_zh_cn import sans_path, serif_path

    drawn = json.dumps(_standing_alone(document), ensure_ascii=False)
    made = typst.compile(
        (HERE / "templates" / "bulletin.typ").read_bytes(),
        font_paths=typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(sans_path().parent), str(serif_path().parent)],
        ),
        sys_inputs={"document": drawn},
        format="pdf",
        pdf_standards="a-2a",  # for archives: fonts embedded, text with its Unicode and its structure
        timestamp=datetime.fromisoformat(document["as_of"]).replace(tzinfo=UTC),
    )
    return bytes(made)


def _standing_alone(value: Any) -> Any:
    """Return a document whose drawings are SVG files of their own."""
    if isinstance(value, dict):
        return {key: _file(str(one)) if key == "svg" else _standing_alone(one) for key, one in value.items()}
    return [_standing_alone(one) for one in value] if isinstance(value, list) else value


def _file(drawing: str) -> str:
    opened, rest = drawing.split(">", 1)
    start = opened.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f"{start}><style>{STYLE}</style>{rest}"
