"""Social: schooling, work, income, benefits, insurance and dwelling."""

from features.feature import Feature, Kind, Over, View


def _social(  # noqa: PLR0913 - the columns of one table, one line each below
    name: str, label: str, label_zh: str, high: float, meaning: str, *, low: float = 0, kind: Kind = "binary",
    step: float = 1, unit: str = "1", stream: str = "",
) -> Feature:  # fmt: skip
    return Feature(
        name=name, label=label, label_zh=label_zh, unit=unit, low=low, high=high, step=step, kind=kind,
        taken=Over("last", f"social.{stream or name}"), description=meaning,
    )  # fmt: skip


VIEW = View(
    name="social",
    description="The circumstances in which the resident lives.",
    features=(
        _social("schooling", "schooling", "受教育程度", 4, "1 primary or less, 2 middle, 3 high school, 4 college",
                low=1, kind="ordinal", stream="education"),
        _social("farmer", "farmer", "务农", 1, "main activity is farming"),
        _social("income_band", "income band", "收入五分位", 5, "fifth of household income per head, 1 lowest",
                low=1, kind="ordinal"),
        _social("minimum_living_allowance", "minimum living allowance", "低保", 1, "receives 低保"),
        _social("insurance", "health insurance", "医保类型", 2, "0 none, 1 resident, 2 employee", kind="ordinal"),
        _social("hukou", "registration", "户籍", 2, "0 local, 1 another county, 2 another province", kind="ordinal"),
        _social("living_alone", "lives alone", "独居", 1, "lives alone in the dwelling"),
        _social("clinic_distance", "distance to the clinic", "距最近医疗机构距离", 100, "way to the nearest clinic",
                kind="continuous", step=0.1, unit="km"),
    ),
)  # fmt: skip
