"""The facts of the city: every figure has a source or says that it is an assumption, and they agree."""

from __future__ import annotations

import numpy as np
import pytest

from features import standard_populations
from features.sources._city import standards
from features.sources._city.check_facts import statistic_for
from features.sources._city.facts import CITY, FACTS, SUBJECTS, Fact
from features.sources._city.facts.chance import CHANCE
from features.sources._city.geography import COUNTIES

# What the facts file must at least hold.
REQUIRED = (
    "population",
    "sex.ratio",
    "household.size",
    "hypertension.prevalence",
    "hypertension.awareness",
    "diabetes.prevalence",
    "diabetes.awareness",
    "smoking.current.male",
    "smoking.current.female",
    "copd.prevalence.40",
    "ckd.prevalence",
    "stroke.incidence.standardised",
    "coronary.incidence",
    "life_expectancy.male",
    "life_expectancy.female",
    "screening.colorectum.fit_compliance",
    "screening.colorectum.colonoscopy_compliance",
)
SITES = ("lung", "colorectum", "stomach", "liver", "oesophagus", "breast", "cervix", "thyroid")

facts = pytest.mark.parametrize("fact", FACTS.values(), ids=FACTS.keys())


@facts
def test_published_figures_were_read_and_assumptions_say_why(fact: Fact) -> None:
    if fact.kind == "published":
        assert fact.source is not None
        assert fact.source.seen, "a source that nobody has seen publishes nothing"
        assert fact.source.title
    else:
        assert len(fact.note) > 30


@facts
def test_values_are_sane(fact: Fact) -> None:
    low, high = fact.allowed
    assert low < fact.value < high
    assert fact.met(fact.value)
    assert 1998 < fact.year < 2026
    first, beyond = fact.ages
    assert 0 <= first < (beyond or 120)
    if fact.unit == "%":
        assert 0 < fact.value < 100
    elif fact.unit == "per 100,000 person-years":
        assert 1 < fact.value < 5000
    elif fact.unit == "years":
        assert 15 < fact.value < 90
    else:
        assert fact.value > 0


def test_no_name_is_given_twice() -> None:
    # A second fact of the same name would silently replace the first one.
    names = [fact.name for subject in SUBJECTS for fact in subject.FACTS]
    assert len(set(names)) == len(names) == len(FACTS)


def test_what_the_issue_names_is_there() -> None:
    assert set(REQUIRED) <= set(FACTS)
    for site in SITES:
        assert f"cancer.{site}.incidence.female" in FACTS


def test_county_populations_sum_to_the_city() -> None:
    counties = [FACTS[f"population.{county.code}"].value for county in COUNTIES]
    # Three were printed to the hundred, two divide a remainder: 200 people of 6.6 million.
    assert sum(counties) == pytest.approx(FACTS["population"].value, abs=200)
    districts = sum(FACTS[f"population.{code}"].value for code in ("331002", "331003", "331004"))
    assert districts == pytest.approx(FACTS["population.three_districts"].value, abs=150)
    before = [FACTS[f"population_2010.{county.code}"].value for county in COUNTIES]
    assert sum(before) == FACTS["population_2010"].value


def test_shares_are_consistent() -> None:
    bands = [FACTS[f"age.share.{band}"].value for band in ("0_14", "15_59", "60")]
    assert sum(bands) == pytest.approx(100, abs=0.02)
    assert FACTS["age.share.65"].value < FACTS["age.share.60"].value
    assert FACTS["hypertension.control"].value < FACTS["hypertension.treatment"].value
    assert FACTS["hypertension.treatment"].value < FACTS["hypertension.awareness"].value
    assert FACTS["diabetes.treatment"].value < FACTS["diabetes.awareness"].value


def test_recalled_cancer_rates_give_the_published_cases() -> None:
    men, women = 721.0e6, 690.8e6  # implied by cases and crude rates of the mortality table
    for site in ("lung", "colorectum", "thyroid", "liver"):
        rates = [FACTS[f"cancer.{site}.incidence.{sex}"].value for sex in ("male", "female")]
        cases = (rates[0] * men + rates[1] * women) / 1e5
        assert cases == pytest.approx(FACTS[f"cancer.{site}.cases.china"].value, rel=0.005)


def test_recalled_hypertension_by_age_gives_the_published_prevalence() -> None:
    # Adults of 2010 by five-year group; ages 18 and 19 are two fifths of their group.
    people = np.array(standards.CHINA_2010[3:], dtype=np.float64)
    people[0] *= 0.4
    ages = np.array(standards.FIVE_YEAR_AGES[3:])
    by_age = [f for name, f in FACTS.items() if name.startswith("hypertension.prevalence.") and name[-2:].isdigit()]
    rate = np.array([next(f.value for f in reversed(by_age) if f.ages[0] <= max(age, 18)) for age in ages])
    overall = (rate * people).sum() / people.sum()
    assert overall == pytest.approx(FACTS["hypertension.prevalence"].value, abs=2.0)


def test_standard_populations() -> None:
    assert sum(standard_populations.CHINA_2000) == 1_242_612_226  # census total
    assert sum(standards.CHINA_2010) == 1_332_810_869  # census total
    assert sum(standard_populations.SEGI) == 100
    assert sum(standard_populations.WHO_2000) == 1_000_000
    assert (
        len(standard_populations.CHINA_2000)
        == len(standard_populations.SEGI)
        == len(standard_populations.REGISTRY_AGES)
    )
    people = np.array(standards.CHINA_2020)
    assert people[:3].sum() == pytest.approx(253_380, rel=1e-4)
    assert people[12:].sum() == pytest.approx(264_020, rel=1e-4)
    assert people[13:].sum() == pytest.approx(190_640, rel=1e-4)


def test_city_age_shares_meet_the_bands() -> None:
    shares = standards.city_age_shares()
    assert shares.sum() == pytest.approx(1)
    assert 100 * shares[:3].sum() == pytest.approx(FACTS["age.share.0_14"].value, abs=0.01)
    assert 100 * shares[12:].sum() == pytest.approx(FACTS["age.share.60"].value, abs=0.01)
    assert 100 * shares[13:].sum() == pytest.approx(FACTS["age.share.65"].value, abs=0.01)


def test_death_rates_scale_to_zhejiang() -> None:
    for sex, rates, factor in (
        ("male", standards.DEATH_RATES_MALE, 0.76),
        ("female", standards.DEATH_RATES_FEMALE, 0.82),
    ):
        assert len(rates) == len(standards.DEATH_AGES)
        years = standards.life_expectancy(np.array(rates) * factor)
        assert years == pytest.approx(FACTS[f"life_expectancy.{sex}"].value, abs=0.15)


def test_life_expectancy_of_a_constant_rate() -> None:
    # At one death in fifty person-years everywhere, one lives fifty years; the table's groups cost under 1 %.
    assert standards.life_expectancy(np.full(22, 0.02)) == pytest.approx(50, rel=0.01)


def test_the_city_is_the_default_area() -> None:
    assert FACTS["population"].area == CITY


def test_the_room_of_a_fact_is_its_uncertainty_and_twice_what_chance_does() -> None:
    fact = Fact("rate", 100.0, "%", 0.1, True, "assumption", None, 2020, "people", chance=2.0)
    assert fact.allowed == (86.0, 114.0)
    assert fact.met(113.9)
    assert not fact.met(114.1)


def test_chance_is_measured_for_exactly_the_facts_that_are_compared() -> None:
    assert set(CHANCE) == {name for name in FACTS if statistic_for(name)}
    # What nobody needs a city for cannot move by chance; a rare cancer does.
    assert CHANCE["population"] == 0
    assert CHANCE["screening.colorectum.cancer_per_colonoscopy"] > 0.1
