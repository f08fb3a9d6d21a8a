"""The burden as one self-contained page in English and Chinese: no script, no font, no request to anywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from training.burden.charts import bump_chart, harm_chart, shade, sparkline
from training.burden.diseases import DISEASES

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh")


def page(released: dict[str, Any]) -> str:
    """Return a released burden as HTML; the area that comes first is told in full, the others in the county table."""
    words = {code: json.loads((HERE / "messages" / f"{code}.json").read_text("utf-8")) for code in LANGUAGES}

    def both(en: object, zh: object) -> Markup:
        """Return a text in both languages, of which the page shows one."""
        return Markup('<span lang="en">{}</span><span lang="zh">{}</span>').format(escape(en), escape(zh))

    def say(key: str, **values: object) -> Markup:
        """Return a message; a value that ends in `_zh` stands in for its namesake in Chinese."""
        chinese = values | {name.removesuffix("_zh"): value for name, value in values.items() if name.endswith("_zh")}
        return both(words["en"][key].format(**values), words["zh"][key].format(**chinese))

    area = released["areas"][0]
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"number": number, "percent": percent, "range": interval, "signed": signed}
    return environment.get_template("burden.html").render(
        **released,
        area=area,
        by_burden=sorted(area["diseases"], key=_by_burden),
        counties=[area for area in released["areas"][1:] if area["code"]],
        say=say,
        both=both,
        bump_chart=bump_chart,
        harm_chart=harm_chart,
        sparkline=sparkline,
        shade=shade,
    )


def _by_burden(row: dict[str, Any]) -> tuple[bool, int, float]:
    """Return where a disease stands in the table of care: by hospital stays, then by visits, mixtures last."""
    visits = row["visits_rate"]["value"] if row["visits_rate"] else 0.0
    return not row["ranked"], row["ranks"].get("burden", len(DISEASES) + 1), -visits


def number(value: float | None) -> str:
    """Return a figure for people, to three figures; an en dash where there is none.

    >>> number(12345.6), number(123.4), number(1.2345), number(None)
    ('12,346', '123', '1.23', '–')
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(value: float | None) -> str:
    """Return a share in percent.

    >>> percent(0.1234), percent(0.00123)
    ('12.3 %', '0.12 %')
    """
    if value is None:
        return "–"
    return f"{100 * value:.1f} %" if value >= 0.01 else f"{100 * value:.2f} %"


def signed(value: float) -> str:
    """Return a change with its sign, to one decimal.

    >>> signed(1.26), signed(-0.04)
    ('+1.3', '0.0')
    """
    text = f"{value:+.1f}"
    return text[1:] if float(text) == 0 else text


def interval(figure: dict[str, float | None] | None, factor: float = 1.0) -> str:
    """Return the interval of a figure for people.

    >>> interval({"value": 2, "low": 1, "high": 3})
    '1–3'
    """
    if figure is None or figure["low"] is None or figure["high"] is None:
        return ""
    low, high = figure["low"] * factor, figure["high"] * factor
    dash = " to " if low < 0 else "–"
    return f"{number(low)}{dash}{number(high)}"
