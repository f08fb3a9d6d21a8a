"""Demographics: age and sex."""

from features.feature import Age, Feature, Female, View

VIEW = View(
    name="demographics",
    description="Who the resident is.",
    features=(
        Feature(
            name="age",
            label="age",
            label_zh="年龄",
            unit="a",
            low=18,
            high=120,
            step=0.5,
            kind="continuous",
            taken=Age(),
            description="years from birth to the index date",
            direction="rises",
            required=True,
        ),
        Feature(
            name="female",
            label="female sex",
            label_zh="女性",
            unit="1",
            low=0,
            high=1,
            step=1,
            kind="binary",
            taken=Female(),
            description="1 for women, 0 for men",
            required=True,
            opposite=("male sex", "男性"),
        ),
    ),
)
