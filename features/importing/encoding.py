"""How the characters of a text file are coded: found out where nobody says, and turned into UTF-8.

A file is UTF-8 or GB18030 (with it GBK and GB2312, which it contains) if all of it can be read so; a byte order mark
decides at once. Text in Chinese that is one of them is hardly ever valid as the other: its runs of high bytes would
have to come in pairs throughout. What is neither is not guessed at.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

from features.errors import InvalidInputError, UnknownNameError

UTF8, GB18030 = "utf-8", "gb18030"
ENCODINGS = (UTF8, GB18030, "gbk", "gb2312", "big5", "utf-16")
MARKS = {
    codecs.BOM_UTF8: UTF8,
    "\ufeff".encode(GB18030): GB18030,
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
AT_ONCE = 1 << 20  # bytes


def as_utf8(path: Path, scratch: Path, encoding: str | None = None) -> tuple[Path, str]:
    """Return a file with the text of `path` in UTF-8, and how it was coded.

    Parameters
    ----------
    scratch
        Folder for a copy; a file that is UTF-8 is left where it is.
    encoding
        One of `ENCODINGS`, for a file of which somebody knows; lines that cannot be read so are left broken. None: find
        out.

    Raises
    ------
    UnknownNameError
        If there is no such encoding.
    InvalidInputError
        If nobody says and the file is neither UTF-8 nor GB18030, or is cut off in the middle of UTF-16.
    """
    if encoding is not None and encoding.lower() not in ENCODINGS:
        raise UnknownNameError("encoding", encoding, ENCODINGS)
    found = encoding.lower() if encoding is not None else _found_out(path)
    if found == UTF8:
        return path, found
    target = scratch / f"{path.name}.utf8"
    if found == "utf-16":
        _transcode_whole(path, target)
    else:
        with path.open("rb") as source, target.open("wb") as sink:
            sink.writelines(_line(line, found) for line in source)
    return target, found


def _found_out(path: Path) -> str:
    with path.open("rb") as source:
        start = source.read(4)
    for mark, encoding in MARKS.items():
        if start.startswith(mark):
            return encoding
    broken = {encoding: _first_broken_line(path, encoding) for encoding in (UTF8, GB18030)}
    for encoding, line in broken.items():
        if line is None:
            return encoding
    raise InvalidInputError(
        f"{path} is neither UTF-8 (line {broken[UTF8]:,} is not) nor GB18030 (line {broken[GB18030]:,} is not). "
        f"Save it as UTF-8, or say how it is coded by --encoding, one of {', '.join(ENCODINGS)}: lines that cannot be "
        "read so are then set aside."
    )


def _first_broken_line(path: Path, encoding: str) -> int | None:
    """Return the number of the first line that cannot be read, None where all can."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines = 1
    for part, last in _parts(path):
        try:
            decoder.decode(part, final=last)
        except UnicodeDecodeError as error:
            # A character may begin in the part before; a line break is no part of one in either encoding.
            return lines + part[: error.start].count(b"\n")
        lines += part.count(b"\n")
    return None


def _parts(path: Path) -> Iterator[tuple[bytes, bool]]:
    """Yield the file part by part, each with whether it is the last."""
    with path.open("rb") as source:
        part = source.read(AT_ONCE)
        while True:
            following = source.read(AT_ONCE)
            yield part, not following
            if not following:
                return
            part = following


def _line(line: bytes, encoding: str) -> bytes:
    # What cannot be read stays as it is: no UTF-8, so that the line is set aside with its reason.
    try:
        return line.decode(encoding).removeprefix("\ufeff").encode()
    except UnicodeDecodeError:
        return line


def _transcode_whole(path: Path, target: Path) -> None:
    decoder = codecs.getincrementaldecoder("utf-16")()
    try:
        with target.open("wb") as sink:
            for part, last in _parts(path):
                sink.write(decoder.decode(part, final=last).encode())
    except UnicodeError as error:
        raise InvalidInputError(f"{path} is not UTF-16 throughout: {error}. Save it as UTF-8.") from error
