"""A bulletin as one HTML file: it looks like the printed one, prints as such, and asks nothing of anybody."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.bulletin.wording import HERE


def page(document: dict[str, Any]) -> str:
    """Return a document as HTML, without script, font or request."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("bulletin.html").render(**document)
