"""What people see on a terminal: progress on standard error, results as tables on standard output."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def progress(title: str, steps: int | None, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """Yield a function that reports one finished step; on a terminal it moves a bar, elsewhere it prints lines.

    Parameters
    ----------
    steps
        How many reports are expected, or None where nobody knows.
    quiet
        Report nothing, for `--json`.
    """
    if quiet:
        yield lambda _: None
        return
    if not sys.stderr.isatty():
        yield lambda text: print(f"{title}: {text}", file=sys.stderr, flush=True)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=steps)
        yield lambda text: bar.update(task, advance=1, description=f"{title} · {text}")


def as_table(rows: list[dict[str, Any]], columns: list[str]) -> str:
    """Return the named columns of `rows` as a table for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table(show_edge=False, header_style="bold")
    for column in columns:
        numeric = bool(rows) and all(isinstance(row.get(column), int | float) for row in rows)
        table.add_column(column, justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console = Console(width=None if sys.stdout.isatty() else 160)
    with console.capture() as captured:
        console.print(table)
    return captured.get().rstrip()


def as_json(result: Any) -> str:
    """Return a result as JSON; numbers that are not finite become null."""
    return json.dumps(finite(result), ensure_ascii=False, indent=2)


def finite(value: Any) -> Any:
    """Return `value` with every NaN or infinity replaced by None, which JSON can say."""
    if isinstance(value, dict):
        return {key: finite(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [finite(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if math.isnan(value):
            return "–"
        return f"{value:.4g}" if abs(value) >= 1000 else f"{value:.3f}"
    if isinstance(value, list | tuple):
        return "; ".join(map(_cell, value))
    return str(value)
