"""Schooling, births, deaths, life expectancy, income and insurance."""

from __future__ import annotations

from features.sources._city.facts.fact import NOT_TRACED, ZHEJIANG, Fact, Source
from features.sources._city.facts.population import CENSUS_TIANTAI, CHINA_DAILY_2022, LINHAI_2021, WENLING_2022

CENSUS_ZHEJIANG = Source(
    "Zhejiang Bureau of Statistics",
    "7th national census, main figures",
    "China News Service report of 13 May 2021",
    2021,
    seen="copy at liveol.net/sy/2021/0514/9414.html",
)
INCOME = Source(
    "National Bureau of Statistics, Taizhou survey office",
    "台州全体居民人均可支配收入首破6万元大关",
    "Taizhou Evening News, 7 February 2024",
    2024,
    seen="copy at fhxgcw.cn/caijing/2024-02/07/content_6938461.htm",
)
LIFE_EXPECTANCY = Source(
    "Global Data Lab, subnational life expectancy",
    "List of Chinese administrative divisions by life expectancy",
    "English Wikipedia, table 2019–2022",
    2023,
    seen="the table",
)

FACTS: tuple[Fact, ...] = (
    Fact("education.university.zhejiang", 16.99, "%", 2.5, False, "published", CENSUS_ZHEJIANG, 2020,
         "residents", area=ZHEJIANG),
    Fact("education.high_school.zhejiang", 14.55, "%", 2.5, False, "published", CENSUS_ZHEJIANG, 2020,
         "residents", area=ZHEJIANG),
    Fact("education.university.331023", 11.69, "%", 2.0, False, "published", CENSUS_TIANTAI, 2020,
         "residents", "55,474 of 474,711.", area="331023"),
    Fact("education.high_school.331023", 15.46, "%", 2.0, False, "published", CENSUS_TIANTAI, 2020,
         "residents", "73,400 of 474,711.", area="331023"),
    Fact("education.middle_school.331023", 34.03, "%", 2.5, False, "published", CENSUS_TIANTAI, 2020,
         "residents", "161,545 of 474,711.", area="331023"),
    Fact("education.primary.331023", 29.31, "%", 2.5, False, "published", CENSUS_TIANTAI, 2020, "residents",
         "139,141 of 474,711.", area="331023"),
    Fact("education.university", 12.5, "%", 3.0, False, "assumption", None, 2020, "residents",
         "Between Tiantai's 11.69 % and the province's 16.99 %; the city's own figure was not traced."),
    Fact("birth.rate_2022", 610, "per 100,000 person-years", 0.15, True, "published", CHINA_DAILY_2022, 2022,
         "residents"),
    Fact("death.rate_2022", 700, "per 100,000 person-years", 0.15, True, "published", CHINA_DAILY_2022, 2022,
         "residents"),
    Fact("birth.rate_2022.331081", 501, "per 100,000 person-years", 0.2, True, "published", WENLING_2022,
         2022, "registered people", area="331081"),
    Fact("death.rate_2022.331081", 757, "per 100,000 person-years", 0.2, True, "published", WENLING_2022,
         2022, "registered people", area="331081"),
    Fact("birth.rate_2021.331082", 589, "per 100,000 person-years", 0.2, True, "published", LINHAI_2021, 2021,
         "registered people", area="331082"),
    Fact("death.rate_2021.331082", 639, "per 100,000 person-years", 0.2, True, "published", LINHAI_2021, 2021,
         "registered people", area="331082"),
    Fact("life_expectancy", 80.19, "years", 1.5, False, "published", LIFE_EXPECTANCY, 2021, "Zhejiang",
         "Jiangsu's figure in the same column, 79.32, is the one its statistics bureau published for the "
         "census of 2020, so this column repeats census figures. Taizhou's own was not traced.",
         area=ZHEJIANG),
    Fact("life_expectancy.male", 77.78, "years", 1.5, False, "published", LIFE_EXPECTANCY, 2019, "Zhejiang",
         "Multiply the rates of `standards.DEATH_RATES_MALE` by 0.76 to meet it.", "male", area=ZHEJIANG),
    Fact("life_expectancy.female", 82.39, "years", 1.5, False, "published", LIFE_EXPECTANCY, 2019, "Zhejiang",
         "Multiply the rates of `standards.DEATH_RATES_FEMALE` by 0.82 to meet it.", "female", area=ZHEJIANG),
    Fact("income.2019", 47_988, "yuan per person and year", 0.05, True, "published", INCOME, 2019,
         "residents"),
    Fact("income.2020", 50_643, "yuan per person and year", 0.05, True, "published", INCOME, 2020,
         "residents"),
    Fact("income.2021", 55_499, "yuan per person and year", 0.05, True, "published", INCOME, 2021,
         "residents"),
    Fact("income.2022", 58_040, "yuan per person and year", 0.05, True, "published", INCOME, 2022,
         "residents"),
    Fact("income.2023", 61_067, "yuan per person and year", 0.05, True, "published", INCOME, 2023,
         "residents"),
    Fact("income.urban.2023", 73_879, "yuan per person and year", 0.05, True, "published", INCOME, 2023,
         "urban residents"),
    Fact("income.rural.2023", 40_153, "yuan per person and year", 0.05, True, "published", INCOME, 2023,
         "rural residents"),
    Fact("income.2022.331081", 61_970, "yuan per person and year", 0.05, True, "published", WENLING_2022,
         2022, "residents", area="331081"),
    Fact("minimum_living_allowance.share", 1.2, "%", 0.5, False, "assumption", None, 2020,
         "residents on 低保", NOT_TRACED),
    Fact("insurance.employee.share", 42.0, "%", 10.0, False, "assumption", None, 2020,
         "residents insured as employees (职工医保)", NOT_TRACED),
    Fact("insurance.resident.share", 56.0, "%", 10.0, False, "assumption", None, 2020,
         "residents insured as residents (城乡居民医保)", NOT_TRACED),
)  # fmt: skip
