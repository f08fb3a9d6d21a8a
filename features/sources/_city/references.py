"""The sources of the city's facts, and in which copy each was read.

A paper is cited by what was seen of it: most often its abstract. Volume and pages stand only where the copy
shows them or a DOI makes them easy to check.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Source:
    """Where a figure was published, and in which copy of it the figure was read.

    Attributes
    ----------
    seen
        What was actually read: abstract, table, or the public copy. Empty if it could not be read; then
        nothing taken from it counts as published.
    """

    authors: str
    title: str
    place: str
    year: int
    link: str = ""
    seen: str = ""


CENSUS_TAIZHOU = Source(
    "Taizhou Bureau of Statistics",
    "台州市2020年第七次全国人口普查主要数据公报 (communique of the 7th national census)",
    "sections 1–5",
    2021,
    seen="copy at weimomishe.com/doc/206564dce8082233d",
)
CENSUS_TIANTAI = Source(
    "Tiantai Bureau of Statistics",
    "天台县2020年第七次全国人口普查主要数据公报",
    "sections 1–5",
    2021,
    seen="copy at freewechat.com/a/MjM5MzgxODE0NQ==/2653296408/2",
)
CENSUS_COUNTIES = Source(
    "after the census communiques of the counties",
    "台州市 … 各区县的人口分布情况",
    "article at yinhuafeng.cn/p/212335.html, in 10,000 people to two decimals",
    2021,
    seen="the article",
)
CENSUS_LINHAI = Source(
    "Linhai Bureau of Statistics",
    "临海市2020年第七次全国人口普查主要数据公报",
    "as cited at hongheiku.com/hunan/chenzhou/5118.html",
    2021,
    seen="that page; it is also the 1,028,813 of 2010 and the increase of 85,333 that CENSUS_COUNTIES prints",
)
CENSUS_YUHUAN = Source(
    "Yuhuan Bureau of Statistics",
    "玉环市第七次全国人口普查 and 2021 statistical communique",
    "as cited at jsmbw.com/news/654712.html",
    2021,
    seen="that page",
)
CENSUS_2010 = Source(
    "National Bureau of Statistics",
    "6th national census 2010, people by county",
    "Chinese Wikipedia, 台州市, table 台州市各区（县、市）人口数据",
    2011,
    seen="the table",
)
CENSUS_ZHEJIANG = Source(
    "Zhejiang Bureau of Statistics",
    "7th national census, main figures",
    "China News Service report of 13 May 2021",
    2021,
    seen="copy at liveol.net/sy/2021/0514/9414.html",
)
WIKIPEDIA_URBAN = Source(
    "English Wikipedia",
    "Taizhou, Zhejiang",
    "infobox, population 2020 census, urban",
    2021,
    seen="the infobox",
)
CHINA_DAILY_2022 = Source(
    "Taizhou Bureau of Statistics",
    "Taizhou's permanent population nears 6.68m",
    "China Daily, 6 March 2023",
    2023,
    "taizhou.chinadaily.com.cn/2023-03/06/c_875195.htm",
    "the article",
)
INCOME = Source(
    "National Bureau of Statistics, Taizhou survey office",
    "台州全体居民人均可支配收入首破6万元大关",
    "Taizhou Evening News, 7 February 2024",
    2024,
    seen="copy at fhxgcw.cn/caijing/2024-02/07/content_6938461.htm",
)
WENLING_2022 = Source(
    "Wenling City Government",
    "温岭市 2022: people, births, deaths, income",
    "yearbook text",
    2023,
    "www.wl.gov.cn/art/2023/7/18/art_1544458_59030322.html",
    "the page",
)
JIAOJIANG_2021 = Source(
    "Jiaojiang Bureau of Statistics",
    "2021年台州市椒江区国民经济和社会发展统计公报",
    "as cited at m.hbzqbyyxgs.com/news/654858.html",
    2022,
    seen="that page",
)
LINHAI_2021 = Source(
    "Linhai Bureau of Statistics",
    "2021年临海市国民经济和社会发展统计公报",
    "as cited at hongheiku.com/hunan/chenzhou/5118.html",
    2022,
    seen="that page",
)
LIFE_EXPECTANCY = Source(
    "Global Data Lab, subnational life expectancy",
    "List of Chinese administrative divisions by life expectancy",
    "English Wikipedia, table 2019–2022",
    2023,
    seen="the table",
)
HTN_SURVEY = Source(
    "Wang Z, Chen Z, Zhang L, et al.",
    "Status of hypertension in China: results from the China Hypertension Survey, 2012–2015",
    "Circulation 137:2344–2356",
    2018,
    "doi:10.1161/CIRCULATIONAHA.117.032380",
    "abstract, PubMed 29449338",
)
HTN_INTERASIA = Source(
    "Gu DF, Jiang H, Wu XG, et al.",
    "Prevalence, awareness, treatment and control of hypertension in Chinese adults (InterASIA)",
    "Chinese Journal of Preventive Medicine 37:84–89",
    2003,
    seen="abstract at wprim.whocc.org.cn",
)
DIABETES_2018 = Source(
    "Wang L, Peng W, Zhao Z, et al.",
    "Prevalence and treatment of diabetes in China, 2013–2018",
    "JAMA 326:2498–2506",
    2021,
    "doi:10.1001/jama.2021.22208",
    "abstract and key points, PMC8715349",
)
DIABETES_2017 = Source(
    "Li Y, Teng D, Shi X, et al.",
    "Prevalence of diabetes recorded in mainland China using 2018 diagnostic criteria from the ADA",
    "BMJ 369:m997",
    2020,
    "doi:10.1136/bmj.m997",
    "abstract, PMC7186854",
)
SMOKING = Source(
    "Li X, et al.",
    "Smoking among Chinese people aged 15 and above, Global Adult Tobacco Survey design, 2018",
    "abstract at synapsesocial.com/ar/papers/69d6bd53a0177bf533ed8c86",
    2020,
    seen="abstract",
)
COPD_CPH = Source(
    "Wang C, Xu J, Yang L, et al.",
    "Prevalence and risk factors of COPD in China (the China Pulmonary Health study)",
    "Lancet 391:1706–1717",
    2018,
    "doi:10.1016/S0140-6736(18)30841-9",
    "abstract, PubMed 29650248",
)
COPD_FANG = Source(
    "Fang L, Gao P, Bao H, et al.",
    "Chronic obstructive pulmonary disease in China: a nationwide prevalence study",
    "Lancet Respiratory Medicine",
    2018,
    "doi:10.1016/S2213-2600(18)30103-6",
    "abstract",
)
CKD_ZHANG = Source(
    "Zhang L, Wang F, Wang L, et al.",
    "Prevalence of chronic kidney disease in China: a cross-sectional survey",
    "Lancet 379:815–822",
    2012,
    "doi:10.1016/S0140-6736(12)60033-6",
    "abstract",
)
CKD_MEINIAN = Source(
    "Zhuang Z, Tong M, Clarke R, et al.",
    "Probability of chronic kidney disease and associated risk factors in Chinese adults (Meinian)",
    "Clinical Kidney Journal 15:2228–2236",
    2022,
    "doi:10.1093/ckj/sfac176",
    "abstract, PMC9664583",
)
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
LUNG_ZHEJIANG = Source(
    "Cheng ZX, Ding YM, Li HZ, et al.",
    "2021年浙江省肿瘤登记地区肺癌发病与死亡特征及2000—2021年变化趋势分析",
    "China Cancer 34(10):747–755",
    2025,
    "doi:10.11735/j.issn.1004-0242.2025.10.A001",
    "abstract",
)
CANCER_SHAOXING = Source(
    "Shaoxing cancer registry",
    "浙江省绍兴市2013年恶性肿瘤发病现状分析",
    "Chinese Preventive Medicine, abstract at yyws.alljournals.cn",
    2014,
    seen="abstract",
)
COLORECTUM_ZHEJIANG = Source(
    "Li QL, Xue F, Yao KY",
    "浙江省肿瘤登记地区结直肠癌流行趋势",
    "China Cancer 23(2):81–86",
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
CANCER_DEATHS_CHINA = Source(
    "after Han B, et al.",
    "Estimates of cancer mortality in China by sex, 2022",
    "PMC12780754, table 2",
    2025,
    seen="the table",
)
OBESITY_PAN = Source(
    "Pan XF, Wang L, Pan A",
    "Epidemiology and determinants of obesity in China",
    "Lancet Diabetes & Endocrinology",
    2021,
    "doi:10.1016/S2213-8587(21)00045-0",
    "summary",
)
KADOORIE = Source(
    "China Kadoorie Biobank",
    ("Characteristics of 510,136 adults by diabetes status, column no diabetes, adjusted for age, region and sex"),
    "Journal of Epidemiology and Community Health, table at jech.bmj.com/highwire/markup/171303",
    2017,
    seen="the table",
)
CRC_SHANGCHENG = Source(
    "Jiang MX, Li J, Huang XY",
    "上城区结直肠癌筛查结果分析 (Zhejiang's programme, Hangzhou, 2020–2022)",
    "Preventive Medicine (预防医学) 36(6):501–505",
    2024,
    "doi:10.19485/j.cnki.issn2096-5087.2024.06.010",
    "abstract",
)
CRC_GUANGZHOU = Source(
    "Guangzhou colorectal cancer screening programme 2015–2017",
    "Uptake, positivity and yield among 2,283,214 eligible residents",
    "Scientific Reports 9, article 46670",
    2019,
    "doi:10.1038/s41598-019-46670-2",
    "abstract, PMC6639356",
)
LDCT_ZHEJIANG = Source(
    "after four cities of Zhejiang, 2013–2019",
    "Disparity in lung cancer screening among smokers and nonsmokers in China: prospective cohort study",
    "JMIR Public Health and Surveillance 9:e43586",
    2023,
    "doi:10.2196/43586",
    "abstract",
)
LDCT_YIELD = Source(
    "Li Y, Du Y, Huang Y, et al.",
    "Community-based lung cancer screening by low-dose CT in China: first round results and a meta-analysis",
    ("abstract at research.rug.nl/nl/publications/community-based-lung-cancer-screening-by-low-dose-computed-tomogr"),
    2021,
    seen="abstract; the year is that of the journal's volume as recalled",
)
LDCT_SHANGHAI = Source(
    "Shanghai trial, as PubMed 29496251",
    "Community-based lung cancer screening with low-dose CT in China: results of the baseline screening",
    "Lung Cancer 117:20–26",
    2018,
    "doi:10.1016/j.lungcan.2018.01.003",
    "abstract, PubMed 29496251",
)
GASTRIC_RISK = Source(
    "Cao M, Li H, Sun D, et al.",
    "Classifying risk level of gastric cancer: evaluation of questionnaire-based prediction model",
    "Chinese Journal of Cancer Research 32:605–613",
    2020,
    "doi:10.21147/j.issn.1000-9604.2020.05.05",
    "abstract, PMC7666781",
)
AIR_2019 = Source(
    "Zhejiang Department of Ecology and Environment",
    "Air quality of Taizhou, January to August 2019",
    "as reported at gyzswang.com/news/show-4413.html",
    2019,
    seen="that page",
)
AIR_2022 = Source(
    "Zhejiang Department of Ecology and Environment",
    "Taizhou ranks 14th nationwide in air quality in 2022",
    "China Daily, 2 February 2023",
    2023,
    "taizhou.chinadaily.com.cn/2023-02/02/c_856880.htm",
    "the article",
)
AIR_WENZHOU = Source(
    "Wenzhou Bureau of Ecology and Environment",
    "2022年温州市生态环境状况公报",
    "Wenzhou Evening News, 31 May 2023",
    2023,
    seen="copy at shebei.yktworld.com/zixun/2023/0531/12496.html",
)
HOTLINE_JIANGSU = Source(
    "12345 of Taizhou in Jiangsu (泰州, another city)",
    "2018年7月 诉求情况",
    "12345.taizhou.gov.cn/mtld/dcjb/2018/08/17161632242535.html",
    2018,
    seen="the page",
)
HOTLINE_PUTIAN = Source(
    "12345 of Putian, Fujian",
    "莆田市12345便民服务平台荣获“服务之星奖”",
    "Meizhou Daily, 16 August 2020",
    2020,
    seen="copy at m.dddjmc.com/news/fujian/puti/2020-08-16/2416771.html",
)
HOTLINE_QUZHOU = Source(
    "12345 of Quzhou, Zhejiang",
    "我市12345政府服务热线元旦开通",
    "Zhejiang Online, 31 December 2014",
    2014,
    "qz.zjol.com.cn/07qztk/system/2014/12/31/018872776.shtml",
    "the article",
)
