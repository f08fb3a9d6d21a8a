"""Area and environment: the township in which the resident lives, in the newest year that is known."""

from features.feature import Feature, OfArea, View

VIEW = View(
    name="area",
    description="Air, income, age and care of the resident's township.",
    features=(
        Feature(
            name="pm25",
            label="fine particulate matter",
            label_zh="PM2.5",
            unit="ug/m3",
            low=1,
            high=300,
            step=1,
            kind="continuous",
            taken=OfArea("pm25"),
            description="yearly mean of PM2.5 in the township",
            direction="rises",
        ),
        Feature(
            name="area_income",
            label="income of the township",
            label_zh="乡镇人均收入",
            unit="CNY",
            low=1000,
            high=1_000_000,
            step=500,
            kind="continuous",
            taken=OfArea("income"),
            description="disposable income per head in the township",
        ),
        Feature(
            name="area_share_60",
            label="share aged 60 and over in the township",
            label_zh="乡镇60岁以上人口占比",
            unit="1",
            low=0,
            high=1,
            step=0.01,
            kind="continuous",
            taken=OfArea("share_60"),
            description="share of residents of the township aged 60 and over",
        ),
        Feature(
            name="area_clinics",
            label="clinics in the township",
            label_zh="乡镇医疗机构数",
            unit="1",
            low=0,
            high=1000,
            step=1,
            kind="ordinal",
            taken=OfArea("clinics"),
            description="clinics and health centres in the township",
        ),
    ),
)
