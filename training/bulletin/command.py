"""What `sanzao report bulletin` does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from features.errors import InvalidInputError, UnknownNameError
from features.lake import lake_buckets
from features.sources import Source
from features.terminal import progress
from training.bulletin.measure import measure_bulletin
from training.bulletin.sentences import news
from training.bulletin.story import document
from training.bulletin.wording import LANGUAGES, Wording

STEPS_AFTER_COUNTING = 4
HTML, PDF = ".html", ".pdf"


def bulletin(
    source: Source, *, month: str | None, county: str | None, language: str | None, output: str | None, quiet: bool
) -> dict[str, Any] | list[dict[str, Any]]:
    """Write a month's bulletin and return what is in it, or, for people at a terminal, print its sentences.

    Parameters
    ----------
    language
        `zh`, the default, or `en`.
    output
        File to write, by its ending an HTML page or a PDF; None: none.
    quiet
        Return everything, for machines.

    Raises
    ------
    UnknownNameError
        If there is no such language or county.
    InvalidInputError
        If the file is neither HTML nor PDF, or cannot be written, or no bulletin can be written of the month.
    """
    wording = _wording(language)
    target = _target(output)
    with progress("bulletin", 2 * lake_buckets(source.name) + STEPS_AFTER_COUNTING, quiet=quiet) as step:
        told = measure_bulletin(source, month, county, step)
        if target is not None:
            told["file"] = str(target)
            _write(target, document(told, source, wording))
    if quiet:
        return told
    print(f"{wording.say('title', name=wording.within(told, 'name'))} · {told['month']}")
    print(wording.within(told, "notice"))
    if target is not None:
        print(f"File: {target}")
    return [{"bulletin": sentence} for sentence in news(told, wording)]


def _wording(language: str | None) -> Wording:
    chosen = language or LANGUAGES[0]
    if chosen not in LANGUAGES:
        raise UnknownNameError("language", chosen, LANGUAGES)
    return Wording.of(chosen)


def _target(output: str | None) -> Path | None:
    """Return the file to write, checked before minutes of counting."""
    if output is None:
        return None
    target = Path(output)
    if target.suffix.lower() not in (HTML, PDF):
        raise InvalidInputError(
            f"A bulletin is written as HTML or PDF, not as '{output}'. Name a file like bulletin.pdf."
        )
    if not target.resolve().parent.is_dir():
        raise InvalidInputError(f"There is no folder {target.resolve().parent}. Make it, or name another file.")
    return target


def _write(target: Path, printed: dict[str, Any]) -> None:
    from training.bulletin.page import page
    from training.bulletin.paper import paper

    content = paper(printed) if target.suffix.lower() == PDF else page(printed).encode()
    try:
        target.write_bytes(content)
    except OSError as error:
        raise InvalidInputError(f"The bulletin cannot be written to {target}: {error}. Name another file.") from error
