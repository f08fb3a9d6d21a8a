"""Answers to batches, written while they are worked out: lines of JSON as for one person, or an Arrow stream.

The Arrow stream has one row a person and model, in the order of the request: whom (`resident` or `record`), `model`,
`risk`, `tier`, `not_applicable` (why there is no risk), `missing_count`, and `reasons` unless they are not wanted. Its
schema's metadata says whose data it rests on and which versions answered. No person is touched one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pydantic_core import to_json

from serving.champions import Champion
from serving.core import AGE_OUTSIDE, APPLIES, DIED, HAS_CONDITION, OTHER_SEX, Answers
from serving.present import risk_words

TIERS = ("usual", "high", "very_high")
WORDS = {DIED: "died", OTHER_SEX: "other_sex", AGE_OUTSIDE: "age_outside"}

Parts = Iterator[tuple[int, Answers]]
Names = Sequence[int | str] | None


def person_words(answers: Answers, row: int, resident: int | str | None, record: int | None) -> dict[str, Any]:
    """Return one person's answers as plain data (see `serving.schemas.ScoredPerson`)."""
    return {"resident": resident, "record": record, "risks": [risk_words(risk) for risk in answers.risks(row)]}


def as_lines(parts: Parts, names: Names, notice: dict[str, Any]) -> Iterator[bytes]:
    """Yield a line a person, part by part.

    Parameters
    ----------
    parts
        The place of the first person of each part, and the answers.
    names
        What the caller calls the residents; None where records were sent.
    """
    for start, answers in parts:
        lines = []
        for row in range(len(answers)):
            place = start + row
            words = person_words(answers, row, names[place] if names else None, None if names else place)
            lines.append(to_json(words | notice, inf_nan_mode="null"))
        yield b"\n".join([*lines, b""])


def as_table(
    parts: Parts, names: Names, champions: Sequence[Champion], columns: Sequence[str], notice: Mapping[str, Any],
    *, reasons: bool,
) -> Iterator[bytes]:  # fmt: skip
    """Yield an Arrow stream, part by part; parameters as of `as_lines`, and the columns that reasons can name."""
    sink = _Sink()
    schema = _schema(champions, names, notice, reasons=reasons)
    obstacles = _obstacles(champions)
    with pa.ipc.new_stream(pa.PythonFile(sink, mode="w"), schema) as writer:
        for start, answers in parts:
            who = names[start : start + len(answers)] if names else np.arange(start, start + len(answers))
            arrays = _columns(answers, pa.array(who, schema.field(0).type), obstacles)
            if reasons:
                arrays.append(_reasons(answers, columns))
            writer.write_batch(pa.record_batch(arrays, schema=schema))
            yield sink.taken()
    yield sink.taken()


class _Sink:
    """Keeps what the writer has written until somebody takes it."""

    closed = False

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Keep what was written: it is taken later."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _schema(champions: Sequence[Champion], names: Names, notice: Mapping[str, Any], *, reasons: bool) -> pa.Schema:
    word = pa.dictionary(pa.int16(), pa.string())
    who = pa.field("record", pa.int64())
    if names:
        who = pa.field("resident", pa.string() if isinstance(names[0], str) else pa.int64())
    fields = [
        who, pa.field("model", word), pa.field("risk", pa.float64()), pa.field("tier", word),
        pa.field("not_applicable", word), pa.field("missing_count", pa.int32()),
    ]  # fmt: skip
    if reasons:
        reason = [pa.field("feature", word), pa.field("value", pa.float64()), pa.field("odds_ratio", pa.float64())]
        fields.append(pa.field("reasons", pa.list_(pa.struct(reason))))
    versions = {champion.declaration.name: champion.version for champion in champions}
    told = {name: value if isinstance(value, str) else json.dumps(value) for name, value in notice.items()}
    return pa.schema(fields, metadata=told | {"versions": json.dumps(versions)})


def _columns(answers: Answers, who: pa.Array, obstacles: _Obstacles) -> list[pa.Array]:
    people, models = answers.risk.shape
    applies = answers.obstacle == APPLIES
    bounds = np.array([[c.bundle.tiers.high, c.bundle.tiers.very_high] for c in answers.champions])
    tier = (answers.risk >= bounds[:, 0]).astype(np.int16) + (answers.risk >= bounds[:, 1])
    why = obstacles.place[np.arange(models), answers.obstacle]
    missing = np.stack([_missing(answers, champion) for champion in answers.champions], axis=1)
    named = [champion.declaration.name for champion in answers.champions]
    return [
        who.take(pa.array(np.repeat(np.arange(people), models))),
        _words(np.tile(np.arange(models, dtype=np.int16), people), named),
        pa.array(answers.risk.ravel(), mask=~applies.ravel()),
        _words(tier.ravel(), TIERS, ~applies.ravel()),
        _words(why.ravel(), obstacles.words, applies.ravel()),
        pa.array(missing.ravel()),
    ]


class _Obstacles(NamedTuple):
    """Every reason for which some model may not apply, and its place by model and code, int16 (models, codes)."""

    words: list[str]
    place: NDArray[np.int16]


def _obstacles(champions: Sequence[Champion]) -> _Obstacles:
    free = [champion.declaration.cohort.free_of for champion in champions]
    words = list(dict.fromkeys([*WORDS.values(), *(f"has_condition: {name}" for names in free for name in names)]))
    place = np.zeros((len(champions), HAS_CONDITION + max(map(len, free), default=0)), dtype=np.int16)
    for model, names in enumerate(free):
        own = WORDS | {HAS_CONDITION + number: f"has_condition: {name}" for number, name in enumerate(names)}
        for code, word in own.items():
            place[model, code] = words.index(word)
    return _Obstacles(words, place)


def _missing(answers: Answers, champion: Champion) -> NDArray[np.int32]:
    """Return how many of a model's features were not measured, (n,)."""
    count = np.zeros(len(answers), dtype=np.int32)
    for name in champion.declaration.features:
        count += np.isnan(answers.columns[name])
    return count


def _reasons(answers: Answers, columns: Sequence[str]) -> pa.Array:
    people, models, most = answers.feature.shape
    there = (answers.feature >= 0) & (answers.obstacle == APPLIES)[:, :, np.newaxis]
    ends = np.cumsum(there.sum(axis=2).ravel())
    rows = np.repeat(np.arange(people), models * most).reshape(there.shape)[there]
    feature = answers.feature[there]
    values = answers.values[rows, feature]
    told = pa.StructArray.from_arrays(
        [
            _words(feature, columns),
            pa.array(values, mask=np.isnan(values)),
            pa.array(np.exp(answers.log_odds[there])),
        ],
        names=["feature", "value", "odds_ratio"],
    )
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]).astype(np.int32)), told)


def _words(codes: NDArray[np.int16], words: Sequence[str], absent: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int16), mask=absent), pa.array(list(words)))
