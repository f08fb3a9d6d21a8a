"""Stroke and coronary disease."""

from __future__ import annotations

from features.sources._city.facts.fact import CHINA, ZHEJIANG, Fact, Source

STROKE_NESS = Source(
    "Wang W, Jiang B, Sun H, et al.",
    ("Prevalence, incidence, and mortality of stroke in China: a nationwide survey of 480 687 adults (NESS-China)"),
    "Circulation",
    2017,
    "doi:10.1161/CIRCULATIONAHA.116.025250",
    "abstract, PubMed 28052979",
)
STROKE_SHAOXING = Source(
    "Shaoxing, Zhejiang chronic disease surveillance",
    "绍兴市居民2013年脑卒中发病情况",
    "abstract at ppdoc.com/periodical/5eb905e8a616709b240cfcda697c8eca.html",
    2014,
    seen="abstract",
)
CVD_ANHUI = Source(
    "Anhui, five national surveillance sites",
    "2015年安徽省心脑血管事件报告监测",
    "abstract at ppdoc.com/periodical/ad7a9d688eee3bc17ff3d75985979c4f.html",
    2016,
    seen="abstract",
)

FACTS: tuple[Fact, ...] = (
    Fact("stroke.incidence.standardised", 246.8, "per 100,000 person-years", 0.12, True, "published",
         STROKE_NESS, 2013, "adults, first stroke",
         "Age-standardised; the abstract does not name the standard, taken to be the 2010 census.",
         ages=(20, None), area=CHINA, standard="china2010"),
    Fact("stroke.incidence.crude", 345.1, "per 100,000 person-years", 0.25, True, "published", STROKE_NESS,
         2013, "adults, first stroke", ages=(20, None), area=CHINA),
    Fact("stroke.prevalence.standardised", 1114.8, "per 100,000 people", 0.15, True, "published", STROKE_NESS,
         2013, "adults", ages=(20, None), area=CHINA, standard="china2010"),
    Fact("stroke.mortality.standardised", 114.8, "per 100,000 person-years", 0.25, True, "published",
         STROKE_NESS, 2013, "adults", ages=(20, None), area=CHINA, standard="china2010"),
    Fact("stroke.ischaemic_share", 69.6, "%", 6.0, False, "published", STROKE_NESS, 2013, "first strokes",
         ages=(20, None), area=CHINA),
    Fact("stroke.haemorrhagic_share", 23.8, "%", 6.0, False, "published", STROKE_NESS, 2013, "first strokes",
         "Intracerebral; subarachnoid 4.4 %.", ages=(20, None), area=CHINA),
    Fact("stroke.incidence.shaoxing", 331.32, "per 100,000 person-years", 0.25, True, "published",
         STROKE_SHAOXING, 2013, "registered people of Shaoxing, all ages", area="330600"),
    Fact("stroke.incidence.shaoxing.male", 359.48, "per 100,000 person-years", 0.25, True, "published",
         STROKE_SHAOXING, 2013, "registered men of Shaoxing", sex="male", area="330600"),
    Fact("stroke.incidence.shaoxing.female", 302.99, "per 100,000 person-years", 0.25, True, "published",
         STROKE_SHAOXING, 2013, "registered women of Shaoxing", sex="female", area="330600"),
    Fact("stroke.to_coronary_incidence", 4.0, "ratio", 0.4, True, "published", CVD_ANHUI, 2015,
         "registered people of five sites in Anhui",
         "Coronary events here are acute events; no incidence for Zhejiang could be traced.", area="340000"),
    Fact("coronary.incidence", 83.0, "per 100,000 person-years", 0.4, True, "assumption", None, 2015,
         "people, acute coronary events",
         "Shaoxing's stroke incidence divided by stroke.to_coronary_incidence.", area=ZHEJIANG),
)  # fmt: skip
