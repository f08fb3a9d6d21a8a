"""Service requests to the 12345 hotline: what citizens ask, where, when, and how late it is closed.

Volume and punctuality are held to `facts`. The mix of types, the seasons, the bursts (a typhoon, a failed water
main, a road works) and the wording are assumptions; no request belongs to a resident.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from features.sources._city import areas
from features.sources._city.clock import DAYS_PER_YEAR, END_DAY, day_of, stream
from features.sources._city.demography import census
from features.sources._city.facts import FACTS
from features.sources._city.townships import TOWNSHIPS

FIRST_DAY = day_of(2021)  # the hotline's records cover the last three years
SECONDS = 86_400
BURSTS = 36
BURST_SHARE = 0.06  # of all requests
LATE = 1 - FACTS["hotline.on_time"].value / 100


@dataclass(frozen=True)
class Kind:
    """One type of request: its share, who deals with it, days until due, winter and summer weight, wordings."""

    name: str
    share: float
    department: str
    due_days: int
    winter: float
    summer: float
    texts: tuple[str, ...]


KINDS: tuple[Kind, ...] = (
    Kind("噪声扰民", 0.13, "生态环境局", 5, 0.8, 1.3,
         ("夜间工地施工噪声大，影响休息", "楼下烧烤店凌晨仍很吵", "广场舞音响声音过大")),
    Kind("违章停车", 0.14, "公安局", 3, 1.0, 1.0,
         ("小区门口车辆乱停堵住消防通道", "人行道被汽车占用", "学校门口上下学违停严重")),
    Kind("供水", 0.07, "水务集团", 2, 1.2, 1.2,
         ("家里停水一天没有通知", "自来水发黄有异味", "水压太低热水器打不着火")),
    Kind("供电", 0.06, "供电公司", 2, 1.0, 1.7,
         ("突然停电，什么时候恢复", "电线被树枝压住有危险", "电表读数与实际不符")),
    Kind("环境卫生", 0.11, "综合行政执法局", 5, 0.9, 1.3,
         ("垃圾多日未清运，气味难闻", "河道有死鱼和漂浮垃圾", "建筑垃圾倒在路边")),
    Kind("物业管理", 0.12, "住房和城乡建设局", 7, 1.0, 1.0,
         ("电梯经常故障物业不修", "物业费涨价没有公示", "地下车库漏水")),
    Kind("劳动报酬", 0.10, "人力资源和社会保障局", 10, 1.9, 0.8,
         ("工厂拖欠三个月工资", "离职后押金不退", "加班费没有按规定支付")),
    Kind("消费纠纷", 0.12, "市场监督管理局", 7, 1.1, 1.0,
         ("健身房关门不退卡", "网上买到假货商家不理", "餐馆账单与标价不一致")),
    Kind("医疗保障", 0.06, "医疗保障局", 5, 1.1, 0.9,
         ("外地就医怎样报销", "慢性病门诊备案办不下来", "医保卡余额查不到")),
    Kind("养老服务", 0.04, "民政局", 7, 1.1, 1.0,
         ("独居老人需要上门照料", "低保申请一直没有结果", "居家养老餐质量差")),
    Kind("道路设施", 0.05, "交通运输局", 7, 0.9, 1.1,
         ("路面坑洼电动车摔倒", "路灯不亮已有一周", "井盖缺失很危险")),
)  # fmt: skip
DETAILS = (
    "，请尽快处理。",
    "，已反映多次未解决。",
    "，希望给个答复。",
    "，家里有老人和小孩。",
    "，情况紧急。",
    "，谢谢。",
)


def bursts(seed: int) -> list[tuple[int, int, int, int]]:
    """Return the bursts of the city: (first day, days, township or -1 for all, kind)."""
    rng = stream(seed, "hotline bursts")
    kinds = [k.name for k in KINDS]
    sudden = [kinds.index(name) for name in ("供水", "供电", "环境卫生", "劳动报酬", "道路设施")]
    out = []
    for number in range(BURSTS):
        start = int(rng.integers(FIRST_DAY, END_DAY - 12))
        if number % 6 == 0:  # a typhoon: August or September, the whole city, electricity
            start = day_of(2021 + int(rng.integers(3)), 8, 1) + int(rng.integers(60))
            out.append((start, 3, -1, kinds.index("供电")))
        else:
            place = int(rng.integers(len(TOWNSHIPS)))
            out.append((start, int(rng.integers(2, 10)), place, sudden[int(rng.integers(len(sudden)))]))
    return out


def draw(residents: int, seed: int, bucket: int, buckets: int) -> pa.Table:
    """Return the bucket's share of the hotline's requests, table service_request."""
    rng = stream(seed, "hotline", bucket)
    rate = FACTS["hotline.requests"].value / 1000
    years = (END_DAY - FIRST_DAY) / DAYS_PER_YEAR
    n = int(rng.poisson(residents * rate * years / buckets))
    kind, town, day = _usual(rng, n)
    burst = np.flatnonzero(rng.random(n) < BURST_SHARE)
    events = np.array(bursts(seed))
    which = events[rng.integers(0, len(events), len(burst))]
    day[burst] = which[:, 0] + (rng.random(len(burst)) * which[:, 1]).astype(np.int64)
    town[burst] = np.where(which[:, 2] >= 0, which[:, 2], town[burst])
    kind[burst] = which[:, 3]
    second = (np.clip(rng.normal(13.5, 4.5, n), 0, 23.99) * 3600).astype(np.int64)
    created = day * SECONDS + second
    due_days = np.array([k.due_days for k in KINDS])[kind]
    closed = created + (_closing_share(rng, n, burst, kind) * due_days * SECONDS).astype(np.int64)
    order = np.argsort(created, kind="stable")
    open_still = closed >= END_DAY * SECONDS
    columns = _codes(rng, kind, town, order)
    return pa.table(
        {
            "service_request_id": np.arange(1, n + 1, dtype=np.int64) * buckets + bucket,
            **columns,
            "created_at": _moment(created[order]),
            "due_at": _moment((created + due_days * SECONDS)[order]),
            "closed_at": _moment(closed[order], open_still[order]),
            "known_at": _moment(created[order]),
        }
    )


def _usual(rng: np.random.Generator, n: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Draw kind, township and day of ordinary requests: by people, season and day of the week."""
    days = np.arange(FIRST_DAY, END_DAY)
    season = np.cos(2 * np.pi * (days - day_of(2021, 1, 20)) / DAYS_PER_YEAR)  # 1 in deep winter
    week = np.where((days + 3) % 7 < 5, 1.1, 0.75)  # day 0 was a Thursday
    town = np.searchsorted(np.cumsum(areas.people()) / census().sum(), rng.random(n) * 0.999999)
    weights = np.stack([
        k.share * week * np.where(season > 0, 1 + (k.winter - 1) * season, 1 - (k.summer - 1) * season) for k in KINDS
    ])  # fmt: skip
    running = np.cumsum(weights.ravel())
    cell = np.searchsorted(running / running[-1], rng.random(n), side="right")
    kind, at = np.divmod(np.minimum(cell, weights.size - 1), len(days))
    return kind, np.minimum(town, len(TOWNSHIPS) - 1), days[at]


def _closing_share(
    rng: np.random.Generator, n: int, burst: NDArray[np.int64], kind: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the time until closing as a share of the time allowed; above one is late, more often in bursts."""
    late = np.full(n, LATE * 0.78)
    late[burst] = LATE * 3.0
    late *= np.array([0.6, 0.6, 0.8, 0.8, 0.9, 1.7, 1.9, 1.0, 0.8, 1.0, 1.0])[kind]
    share = 0.08 + 0.9 * rng.beta(1.6, 2.2, n)
    return np.where(rng.random(n) < late, 1.02 + rng.exponential(0.6, n), share)


def _codes(
    rng: np.random.Generator, kind: NDArray[np.int64], town: NDArray[np.int64], order: NDArray[np.int64]
) -> dict[str, pa.Array]:
    """Return the columns of words, as dictionaries: every text is one of a kind's wordings, a place and a detail."""
    wordings = max(len(k.texts) for k in KINDS)
    texts = [
        f"{place.name_zh}{k.texts[w % len(k.texts)]}{detail}"
        for k in KINDS for w in range(wordings) for detail in DETAILS for place in TOWNSHIPS
    ]  # fmt: skip
    word = rng.integers(0, wordings, len(kind))
    detail = rng.integers(0, len(DETAILS), len(kind))
    text = ((kind * wordings + word) * len(DETAILS) + detail) * len(TOWNSHIPS) + town

    def coded(code: NDArray[np.int64], words: list[str]) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(code[order].astype(np.int32)), pa.array(words))

    return {
        "request_type": coded(kind, [k.name for k in KINDS]),
        "text": coded(text, texts),
        "department": coded(kind, [k.department for k in KINDS]),
        "township": coded(town, [t.code for t in TOWNSHIPS]),
    }


def _moment(seconds: NDArray[np.int64], missing: NDArray[np.bool_] | None = None) -> pa.Array:
    return pa.array(seconds * 1_000_000, mask=missing).view(pa.timestamp("us", tz="UTC"))
