"""What `check_facts` looks at: the truth and a few counts of the records of all buckets, as plain arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.concepts import MEASUREMENTS
from features.sources._city.city import CityBucket
from features.sources._city.clock import CENSUS_DAY, DAYS_PER_YEAR, SURVEY_YEARS, day_of
from features.sources._city.facts import FACTS, Fact
from features.sources._city.geography import COUNTIES
from features.sources._city.population import county_of_township
from features.sources._city.standards import CHINA_2010
from features.sources._city.targets import single_years
from features.standard_populations import CHINA_2000, SEGI

Values = NDArray[np.float64]
Mask = NDArray[np.bool_]
FAR = day_of(2100)
COUNTY_CODES = [county.code for county in COUNTIES]


@dataclass
class Evidence:
    """Pooled columns.

    Attributes
    ----------
    person, latent
        Columns of the truth tables; dates are days since 1970, `FAR` where missing. `latent` has the position of
        the person and of the disease instead of their names.
    survey
        Columns of the truth table by year; with sex, county, urban and so on of the person beside them.
    invited, tested
        By test: position of the person and day.
    positive
        Positions of those with a positive FIT.
    nodules
        Low-dose scans with a nodule of 4 mm and more.
    codes
        How often each diagnosis code was recorded as new.
    requests
        Service requests: seconds of creation, due, closing.
    """

    person: dict[str, Values] = field(default_factory=dict)
    latent: dict[str, Values] = field(default_factory=dict)
    survey: dict[int, dict[str, Values]] = field(default_factory=dict)
    invited: dict[str, tuple[Values, Values]] = field(default_factory=dict)
    tested: dict[str, tuple[Values, Values]] = field(default_factory=dict)
    positive: Values = field(default_factory=lambda: np.zeros(0))
    nodules: int = 0
    codes: dict[str, int] = field(default_factory=dict)
    requests: Values = field(default_factory=lambda: np.zeros((3, 0)))

    def present(self, day: int) -> Mask:
        """Return who is alive and here on `day`."""
        who = self.person
        return (
            (who["arrival_date"] <= day)
            & (who["leaving_date"] > day)
            & (who["death_date"] > day)
            & (who["birth_date"] <= day)
        )

    def age(self, day: int | Values) -> Values:
        """Return ages on `day`, in years."""
        return np.asarray((day - self.person["birth_date"]) / DAYS_PER_YEAR)

    def group(self, fact: Fact) -> Mask:
        """Return who is of the fact's sex and area; figures of registered people leave migrants out."""
        who = self.person
        out = np.ones(len(who["sex"]), dtype=bool)
        if fact.sex != "all":
            out &= who["sex"] == (fact.sex == "female")
        if fact.area in COUNTY_CODES:
            out &= who["county"] == COUNTY_CODES.index(fact.area)
        if "Jiaojiang, Huangyan and Luqiao" in fact.population:
            out &= who["county"] < 3
        if fact.population.startswith("registered"):
            out &= who["hukou"] == 0
        return out


def standard(fact: Fact) -> Values | None:
    """Return the weights by single year of age, (111,), that a fact is standardised to, or nothing."""
    if fact.standard == "none":
        return None
    if fact.standard == "segi":
        return single_years(tuple(round(10 * x) for x in SEGI))
    return single_years(CHINA_2000 if fact.standard == "china2000" else CHINA_2010)


def gather(buckets: Iterable[CityBucket]) -> Evidence:
    """Read buckets one by one and keep what the checks need."""
    parts = [_one(bucket) for bucket in buckets]
    start = np.concatenate([[0], np.cumsum([len(p.person["sex"]) for p in parts])])
    out = Evidence()
    out.person = {k: np.concatenate([p.person[k] for p in parts]) for k in parts[0].person}
    homes = np.concatenate([[0], np.cumsum([p.person["household"].max() + 1 for p in parts])])
    out.person["home"] = np.concatenate([p.person["household"] + h for p, h in zip(parts, homes, strict=False)])
    for part, shift in zip(parts, start, strict=False):
        part.latent["person"] += shift
        part.positive += shift
        for year in part.survey:
            part.survey[year]["person"] += shift
        for tests in (part.invited, part.tested):
            for name, (who, day) in tests.items():
                tests[name] = (who + shift, day)
        for code, count in part.codes.items():
            out.codes[code] = out.codes.get(code, 0) + count
    out.latent = {k: np.concatenate([p.latent[k] for p in parts]) for k in parts[0].latent}
    out.survey = {
        year: {k: np.concatenate([p.survey[year][k] for p in parts]) for k in parts[0].survey[year]}
        for year in SURVEY_YEARS
    }
    for mine, name in ((out.invited, "invited"), (out.tested, "tested")):
        for test in getattr(parts[0], name):
            pairs = [getattr(p, name)[test] for p in parts if test in getattr(p, name)]
            mine[test] = (np.concatenate([a for a, _ in pairs]), np.concatenate([b for _, b in pairs]))
    out.positive = np.concatenate([p.positive for p in parts])
    out.nodules = sum(p.nodules for p in parts)
    out.requests = np.concatenate([p.requests for p in parts], axis=1)
    for survey in out.survey.values():
        who = survey["person"].astype(np.int64)
        survey.update(
            {k: out.person[k][who] for k in ("sex", "county", "urban", "hukou", "education", "alcohol", "cigarettes")}
        )
    return out


def _days(column: pa.ChunkedArray) -> Values:
    return np.asarray(column.cast(pa.int32()).fill_null(FAR).to_numpy(), dtype=np.float64)


def _one(bucket: CityBucket) -> Evidence:
    truth = bucket.truth
    table = truth["person"]
    ids = table["person_id"].to_numpy()
    out = Evidence()
    out.person = {
        name: _days(table[name])
        if name.endswith(("_date", "smoke_start", "smoke_quit"))
        else table[name].to_numpy().astype(float)
        for name in table.column_names
        if name != "person_id"
    }
    out.person["county"] = county_of_township()[table["township"].to_numpy()].astype(float)
    table = truth["latent"]
    out.latent = {
        "person": np.searchsorted(ids, table["person_id"].to_numpy()).astype(float),
        "disease": table["disease"].combine_chunks().indices.to_numpy().astype(float),
        "onset": _days(table["onset_date"]),
        "diagnosis": _days(table["diagnosis_date"]),
        "early": table["found_early"].to_numpy().astype(float),
    }
    table = truth["survey"]
    day = _days(table["date"])
    for year in SURVEY_YEARS:
        rows = np.flatnonzero(day == day_of(year + 1))
        columns = {
            n: table[n].to_numpy()[rows].astype(float) for n in table.column_names if n not in ("person_id", "date")
        }
        columns["person"] = np.searchsorted(ids, table["person_id"].to_numpy()[rows]).astype(float)
        out.survey[year] = columns
    _records(bucket, ids, out)
    return out


def _records(bucket: CityBucket, ids: NDArray[np.int64], out: Evidence) -> None:
    """Count what the records say of screening, new diagnoses and requests."""
    for name, day_column, target in (
        ("screening_invitation", "invitation_date", out.invited),
        ("procedure_occurrence", "procedure_date", out.tested),
    ):
        table = bucket.tables[name]
        column = table["procedure_source_value"].combine_chunks()
        person = np.searchsorted(ids, table["person_id"].to_numpy()).astype(float)
        day = table[day_column].cast(pa.int64()).to_numpy() / 86_400_000_000
        for code, test in enumerate(column.dictionary.to_pylist()):
            rows = column.indices.to_numpy() == code
            target[test] = (person[rows], day[rows])
    table = bucket.tables["measurement"]
    concept, value = table["measurement_concept_id"].to_numpy(), table["value_as_number"].to_numpy()
    hit = (concept == MEASUREMENTS["fit_positive"].concept_id) & (value == 1.0)
    out.nodules = int(((concept == MEASUREMENTS["ldct_nodule"].concept_id) & (value >= 4)).sum())
    out.positive = np.searchsorted(ids, table["person_id"].to_numpy()[hit]).astype(float)
    column = bucket.tables["condition_occurrence"]["condition_source_value"].combine_chunks()
    counts = np.bincount(column.indices.to_numpy(), minlength=len(column.dictionary))
    out.codes = dict(zip(column.dictionary.to_pylist(), counts.tolist(), strict=True))
    table = bucket.tables["service_request"]
    out.requests = np.stack([
        table[c].cast(pa.int64()).fill_null(FAR * 86_400_000_000).to_numpy() / 1e6
        for c in ("created_at", "due_at", "closed_at")
    ])  # fmt: skip


def census_scale(evidence: Evidence) -> float:
    """Return how many real people one simulated person stands for."""
    return FACTS["population"].value / float(evidence.present(CENSUS_DAY).sum())


def has(column: Values, disease: int) -> Mask:
    """Return whether the bit of `disease` is set."""
    return (column.astype(np.int64) >> disease & 1).astype(bool)
