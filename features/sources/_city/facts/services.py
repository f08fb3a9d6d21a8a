"""Air and service requests."""

from __future__ import annotations

from features.sources._city.facts.fact import ZHEJIANG, Fact, Source

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

FACTS: tuple[Fact, ...] = (
    Fact("pm25.2019_jan_aug", 26.0, "ug/m3", 3.0, False, "published", AIR_2019, 2019, "urban Taizhou",
         "16.1 % less than in the same months of 2018, so 31.0 then."),
    Fact("pm25.zhejiang.2022", 24.0, "ug/m3", 3.0, False, "published", AIR_2022, 2022,
         "mean of Zhejiang's 11 cities", "The same in 2021. Taizhou was the 14th cleanest of 168 cities.",
         area=ZHEJIANG),
    Fact("pm25.wenzhou.2013", 58.0, "ug/m3", 8.0, False, "published", AIR_WENZHOU, 2013, "urban Wenzhou",
         "Taizhou's southern neighbour.", area="330300"),
    Fact("pm25.wenzhou.2022", 24.0, "ug/m3", 3.0, False, "published", AIR_WENZHOU, 2022, "urban Wenzhou",
         area="330300"),
    Fact("pm25.2013", 53.0, "ug/m3", 8.0, False, "assumption", None, 2013, "urban Taizhou",
         "No annual mean of Taizhou was traced; a guess somewhat below Wenzhou's 58."),
    Fact("pm25.2018", 31.0, "ug/m3", 4.0, False, "assumption", None, 2018, "urban Taizhou",
         "Derived from pm25.2019_jan_aug; between 2013 and 2018 draw a straight line."),
    Fact("pm25.2022", 22.0, "ug/m3", 3.0, False, "assumption", None, 2022, "urban Taizhou",
         "Less than the province's 24; between 2018 and 2022 draw a straight line."),
    Fact("hotline.requests", 100.0, "per 1,000 people and year", 40.0, False, "assumption", None, 2022,
         "12345 requests",
         "Taizhou's own figure was not traced. The two cities with a figure: about 137 and 94 (below)."),
    Fact("hotline.on_time", 95.0, "%", 3.0, False, "assumption", None, 2022,
         "12345 requests that were passed on",
         "Not traced. Published: 99.99 % in Putian and 95 % resolved in Quzhou. The lower one leaves "
         "something to predict."),
    Fact("hotline.requests_in_july.taizhou_jiangsu", 51_615, "requests in a month", 0.4, True, "published",
         HOTLINE_JIANGSU, 2018, "12345 requests in 泰州, Jiangsu, 4.51 million residents", area="321200"),
    Fact("hotline.requests_per_day.putian", 830, "requests a day", 0.4, True, "published", HOTLINE_PUTIAN,
         2020, "12345 requests in Putian, 3.2 million residents", area="350300"),
    Fact("hotline.on_time.putian", 99.99, "%", 5.0, False, "published", HOTLINE_PUTIAN, 2020,
         "12345 requests", area="350300"),
    Fact("hotline.satisfied.putian", 99.4, "%", 10.0, False, "published", HOTLINE_PUTIAN, 2020,
         "12345 requests", area="350300"),
    Fact("hotline.resolved.quzhou", 95.0, "%", 5.0, False, "published", HOTLINE_QUZHOU, 2014,
         "12345 requests that were passed on", area="330800"),
    Fact("hotline.satisfied.quzhou", 85.0, "%", 10.0, False, "published", HOTLINE_QUZHOU, 2014,
         "12345 requests that were passed on", area="330800"),
)  # fmt: skip
