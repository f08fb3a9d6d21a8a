"""Which diseases are ranked: every code set of the vocabulary that shares no code with another, and other cancers.

A death or a visit can only be shared out among diseases that do not contain each other, so code sets that are unions
of others are left out: what they say is the sum of their parts.
"""

from __future__ import annotations

from dataclasses import dataclass

from features.concepts import CONDITIONS, CodeSet

# Unions of other code sets.
UNIONS = frozenset({"any_cancer", "cardiovascular_disease"})

# Programme of the table screening_invitation -> the disease that it looks for. Those whose test is a measurement are
# left out: coverage is counted over procedures here.
SCREENED_BY: dict[str, str] = {
    "colorectum": "colorectal_cancer",
    "lung": "lung_cancer",
    "stomach": "stomach_cancer",
    "cervix": "cervical_cancer",
    "breast": "breast_cancer",
    "liver": "liver_cancer",
}


@dataclass(frozen=True)
class Disease:
    """One disease as it is counted.

    Attributes
    ----------
    codes
        DuckDB condition on `condition_source_value`.
    ranked
        Whether it takes part in the order: a mixture of diseases does not.
    programme
        The screening programme that looks for it, if there is one.
    """

    name: str
    label: str
    label_zh: str
    codes: str
    ranked: bool = True
    programme: str | None = None


def _diseases() -> tuple[Disease, ...]:
    programmes = {disease: programme for programme, disease in SCREENED_BY.items()}
    column = "condition_source_value"
    single = [codes for codes in CONDITIONS.values() if codes.name not in UNIONS]
    cancers = " OR ".join(codes.sql(column) for codes in single if _is_cancer(codes))
    other = f"({CONDITIONS['any_cancer'].sql(column)} AND NOT ({cancers}))"
    return (
        *(
            Disease(codes.name, codes.label, codes.label_zh, codes.sql(column), True, programmes.get(codes.name))
            for codes in single
        ),
        Disease("other_cancer", "other cancers", "其他恶性肿瘤", other, ranked=False),
    )


def _is_cancer(codes: CodeSet) -> bool:
    return all(entry.startswith("C") for entry in codes.ranges)


DISEASES: tuple[Disease, ...] = _diseases()
