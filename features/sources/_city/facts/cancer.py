"""All cancers together: Taizhou, Zhejiang, and by age in Shaoxing."""

from __future__ import annotations

from features.sources._city.facts.fact import CHINA, ZHEJIANG, Fact, Source

CANCER_TAIZHOU = Source(
    "Qiao DJ, Wang LY, Xie WJ",
    "浙江省台州市2015年恶性肿瘤发病与死亡分析 (Incidence and mortality of cancer in Taizhou City, 2015)",
    "China Cancer 26(10):774–780",
    2017,
    "doi:10.11735/j.issn.1004-0242.2017.10.A006",
    "abstract",
)
CANCER_ZHEJIANG = Source(
    "Du LB, Qiu Y, Li HZ, et al.",
    "2021年浙江省肿瘤登记地区恶性肿瘤发病和死亡特征分析",
    "Preventive Medicine (预防医学) 37(10):973–978",
    2025,
    "doi:10.19485/j.cnki.issn2096-5087.2025.10.001",
    "abstract",
)
CANCER_ZHEJIANG_2019 = Source(
    "Zhejiang Office for Cancer Prevention and Control",
    "2022浙江省肿瘤登记年报",
    "China News Service, 14 April 2023",
    2023,
    seen="copy at blog.bobobk.com/html/2023/04-14/9990341.html",
)
CANCER_SHAOXING = Source(
    "Shaoxing cancer registry",
    "浙江省绍兴市2013年恶性肿瘤发病现状分析",
    "Chinese Preventive Medicine, abstract at yyws.alljournals.cn",
    2014,
    seen="abstract",
)
CANCER_CHINA = Source(
    "Han B, Zheng R, Zeng H, et al.",
    "Cancer incidence and mortality in China, 2022",
    "Journal of the National Cancer Center",
    2024,
    "doi:10.1016/j.jncc.2024.01.006",
    "abstract; cases of lung, colorectum, thyroid and liver in the National Cancer Center's release",
)
CANCER_CHINA_SEX = Source(
    "Zheng RS, et al.",
    "Cancer incidence and mortality in China, 2022",
    "Chinese Journal of Oncology 46:221–231",
    2024,
    "doi:10.3760/cma.j.cn112152-20240119-00035",
    "abstract, PubMed 38468501",
)

FACTS: tuple[Fact, ...] = (
    Fact("cancer.all.incidence.taizhou", 386.32, "per 100,000 person-years", 0.1, True, "published",
         CANCER_TAIZHOU, 2015, "registered people"),
    Fact("cancer.all.mortality.taizhou", 178.70, "per 100,000 person-years", 0.12, True, "published",
         CANCER_TAIZHOU, 2015, "registered people"),
    Fact("cancer.all.incidence.taizhou.standardised", 338.06, "per 100,000 person-years", 0.1, True,
         "published", CANCER_TAIZHOU, 2015, "registered people", standard="china2010"),
    Fact("cancer.all.mortality.taizhou.standardised", 150.44, "per 100,000 person-years", 0.12, True,
         "published", CANCER_TAIZHOU, 2015, "registered people", standard="china2010"),
    Fact("cancer.top_five_share.taizhou", 58.53, "%", 6.0, False, "published", CANCER_TAIZHOU, 2015,
         "new cancers of lung, colorectum, stomach, liver and thyroid"),
    Fact("cancer.all.incidence.zhejiang", 530.93, "per 100,000 person-years", 0.1, True, "published",
         CANCER_ZHEJIANG, 2021, "registered people of 22 registries", area=ZHEJIANG),
    Fact("cancer.all.incidence.zhejiang.china2000", 304.83, "per 100,000 person-years", 0.1, True,
         "published", CANCER_ZHEJIANG, 2021, "registered people of 22 registries", area=ZHEJIANG,
         standard="china2000"),
    Fact("cancer.all.incidence.zhejiang.segi", 288.20, "per 100,000 person-years", 0.1, True, "published",
         CANCER_ZHEJIANG, 2021, "registered people of 22 registries", area=ZHEJIANG, standard="segi"),
    Fact("cancer.all.incidence.zhejiang.male", 286.34, "per 100,000 person-years", 0.1, True, "published",
         CANCER_ZHEJIANG, 2021, "registered men", "", "male", area=ZHEJIANG, standard="china2000"),
    Fact("cancer.all.incidence.zhejiang.female", 323.45, "per 100,000 person-years", 0.1, True, "published",
         CANCER_ZHEJIANG, 2021, "registered women", "", "female", area=ZHEJIANG, standard="china2000"),
    Fact("cancer.all.mortality.zhejiang", 184.24, "per 100,000 person-years", 0.12, True, "published",
         CANCER_ZHEJIANG, 2021, "registered people of 22 registries", area=ZHEJIANG),
    Fact("cancer.all.mortality.zhejiang.male", 106.25, "per 100,000 person-years", 0.12, True, "published",
         CANCER_ZHEJIANG, 2021, "registered men", "", "male", area=ZHEJIANG, standard="china2000"),
    Fact("cancer.all.mortality.zhejiang.female", 54.17, "per 100,000 person-years", 0.12, True, "published",
         CANCER_ZHEJIANG, 2021, "registered women", "", "female", area=ZHEJIANG, standard="china2000"),
    Fact("cancer.all.incidence.zhejiang_2019.male", 483.52, "per 100,000 person-years", 0.1, True,
         "published", CANCER_ZHEJIANG_2019, 2019, "registered men", sex="male", area=ZHEJIANG),
    Fact("cancer.all.incidence.zhejiang_2019.female", 464.23, "per 100,000 person-years", 0.1, True,
         "published", CANCER_ZHEJIANG_2019, 2019, "registered women", sex="female", area=ZHEJIANG),
    Fact("cancer.all.mortality.zhejiang_2019.male", 243.53, "per 100,000 person-years", 0.12, True,
         "published", CANCER_ZHEJIANG_2019, 2019, "registered men", sex="male", area=ZHEJIANG),
    Fact("cancer.all.mortality.zhejiang_2019.female", 126.79, "per 100,000 person-years", 0.12, True,
         "published", CANCER_ZHEJIANG_2019, 2019, "registered women", sex="female", area=ZHEJIANG),
    # By age, all sites: the only age-specific cancer rates that could be read.
    Fact("cancer.all.incidence.40_44", 193.73, "per 100,000 person-years", 0.3, True, "published",
         CANCER_SHAOXING, 2013, "registered people of Shaoxing", "Below 40 no group exceeds 115.35.",
         ages=(40, 45), area="330600"),
    Fact("cancer.all.incidence.80_84", 1460.85, "per 100,000 person-years", 0.3, True, "published",
         CANCER_SHAOXING, 2013, "registered people of Shaoxing", "The highest of all groups.", ages=(80, 85),
         area="330600"),
    Fact("cancer.all.incidence.85", 1288.88, "per 100,000 person-years", 0.3, True, "published",
         CANCER_SHAOXING, 2013, "registered people of Shaoxing", ages=(85, None), area="330600"),
    Fact("cancer.all.incidence.china", 341.75, "per 100,000 person-years", 0.1, True, "published",
         CANCER_CHINA, 2022, "people", area=CHINA),
    Fact("cancer.all.incidence.china.segi", 201.61, "per 100,000 person-years", 0.1, True, "published",
         CANCER_CHINA, 2022, "people", area=CHINA, standard="segi"),
    Fact("cancer.all.incidence.china.male", 212.67, "per 100,000 person-years", 0.1, True, "published",
         CANCER_CHINA_SEX, 2022, "men", "The abstract names no standard; taken to be the census of 2000.",
         "male", area=CHINA, standard="china2000"),
    Fact("cancer.all.incidence.china.female", 208.08, "per 100,000 person-years", 0.1, True, "published",
         CANCER_CHINA_SEX, 2022, "women", "The abstract names no standard; taken to be the census of 2000.",
         "female", area=CHINA, standard="china2000"),
)  # fmt: skip
