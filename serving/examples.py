"""An example for every shape of the API: made from its schema, with values that make sense where a field has a name.

Examples that a schema brings itself are taken as they are. Everything in them is made up; nobody is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
Schemas = Mapping[str, Schema]

DEEPEST = 12  # schemas of ours do not nest so far; one that names itself ends there
PSEUDONYM = "p-" + "a2b3c4d5" * 4

# By the name of a field, whatever the schema: the first that fits the field's type is taken.
VALUES: dict[str, tuple[Any, ...]] = {
    "access_token": ("eyJhbGciOiJIUzI1NiJ9.e30.c2ln",), "after": ("agreed",), "age": (61.0,), "app": ("health-map",),
    "area": ("331082",), "as_of": ("2024-01-01T00:00:00+00:00", "2024-01-01"), "at": ("2024-01-02T09:30:00Z",),
    "at_risk": (4120,), "before": ("to_call",), "by": ("zhang.min",), "c_index": (0.75,), "capacity": (40,),
    "change_percent": (1.8,), "clinic": ("331082001",), "clinic_km": (2.4,), "code": ("331082", "9f2c41d07be3a655"),
    "codes": ("331082001",), "column": ("postcode",), "count": (105, 105.0), "created_at": ("2023-11-06T08:30:00Z",),
    "data_fingerprint": ("4b1f0c9a77d2e310",), "data_source": ("city",), "datatype": ("FP64",),
    "department": ("水务集团",), "detail": ("There is no model 'stroke'. Did you mean 'stroke_5y'?",),
    "detector": ("spelling",), "disease": ("stroke",), "due_at": ("2023-11-08T08:30:00Z",), "edges": (120.0, 140.0),
    "entity": ("resident",), "error": ("There is no model 'stroke'. Did you mean 'stroke_5y'?",),
    "expected": (98.4, 98), "expires_in": (1800,), "feature": ("systolic_bp",), "features": ("systolic_bp",),
    "field": ("records[0].features.age",), "first": ("2018-01-01",), "form": ("boosting 2",), "group": ("age",),
    "high": (250.0,), "horizon_years": (5.0,), "hours_90": (96.0,), "hours_median": (21.5,), "id": ("1", 17),
    "instance": ("/v1/models/stroke",), "ks": (0.04,), "label": ("systolic blood pressure",), "label_zh": ("收缩压",),
    "labels": ("systolic blood pressure",), "labels_zh": ("收缩压",), "last": ("2018-12-31",),
    "level": ("60 to 69", "township"),
    "limit": (1000,), "low": (60.0,), "meaning": ("A change of prediction, not a proven effect.",),
    "meaning_zh": ("这是预测值的变化，并非已证实的干预效果。",), "median": (128.0,), "message": ("correct the value",),
    "method": ("circular scan statistic (Kulldorff 1997)",), "missing": ("glucose", 0.1), "missing_count": (1,),
    "model": ("stroke_5y",), "model_name": ("stroke_5y",), "model_version": ("3",), "models": ("stroke_5y",),
    "n": (1240,), "name": ("stroke_5y",), "name_zh": ("路桥区",), "note": ("asked to be called after work",),
    "note_zh": ("希望下班后联系",), "notice": ("A simulated city: nobody in it exists. Not for clinical use.",),
    "notice_zh": ("模拟城市：其中没有真实居民。不得用于临床。",), "number": (2448,), "odds_ratio": (1.42,),
    "offer": ("faecal immunochemical test",), "on": ("2023-05-14",), "outcome": ("stroke",), "output": ("risk",),
    "outputs": ("risk",), "p": (0.001,), "password": ("correct horse battery",), "people": (5230,), "per": (100000.0,),
    "platform": ("sanzao_tables",), "probability": (0.91,), "programme": ("colorectal",), "promoted_by": ("wang.li",),
    "promoted_because": ("C-index 0.7512 against 0.7498 (+0.0014)",), "psi": (0.03,),
    "promoted_because_zh": ("C 指数 0.7512，原版本 0.7498（+0.0014）",),
    "published_score": ("china_par_2016",),
    "rank": (1,), "reasons": ("neither predicted risks nor features shifted much since training",),
    "reasons_zh": ("训练之后预测风险与特征均无明显偏移",),
    "relative_risk": (1.6,), "request_type": ("供水",), "resident": (2448,), "residents": (2448, PSEUDONYM),
    "result": ("0a7be1d4c2f85396",), "risk": (0.127,), "role": ("clinician",), "round_to": (5,), "row": (2,),
    "run_id": ("5f0c2b1e9d3a4c67a1b8d2e4f6079c35",), "score": (0.91,), "sex": ("all",), "sexes": ("female",),
    "shape": (2,), "source": ("Own choice: as many as a clinic can take.",), "spread": (0.31,), "state": ("to_call",),
    "step": ("agreed",), "suggestion": ("318000",), "suppress_up_to": (7,), "table": ("measurement",),
    "test": ("fit",), "text": ("systolic blood pressure 168 mmHg raises the risk (odds × 1.42)",),
    "text_zh": ("收缩压 168 mmHg，使风险升高（比值 × 1.42）",), "threshold": (0.5, 0.1),
    "title": ("Stroke within 5 years",),
    "title_zh": ("5年内脑卒中",), "township": ("331082001",), "type": ("about:blank",), "unit": ("mm[Hg]",),
    "units": ("mm[Hg]",), "uptake": (0.52,), "username": ("zhang.min",), "value": (168.0, "31800O", 168),
    "version": (3, "1"), "versions": ("3",), "week": ("2024-W01",), "year": (2023,),
}  # fmt: skip
BY_FORMAT = {
    "date": "2024-01-02", "date-time": "2024-01-02T09:30:00Z", "uuid": "7f9c24e8-3b12-4fef-91e0-5a6b0c1d2e3f",
    "binary": "",
}  # fmt: skip


def example_of(schema: Schema, schemas: Schemas, name: str = "", depth: int = 0) -> Any:
    """Return an example of a schema.

    Parameters
    ----------
    schemas
        The schemas that `$ref` names, by name.
    name
        What the field is called that has this schema.
    """
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rsplit("/", 1)[-1]], schemas, name, depth)
    if "example" in schema:
        return schema["example"]
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for kind in ("anyOf", "oneOf", "allOf"):
        if schema.get(kind):
            return _of_one(schema[kind], schemas, name, depth)
    if depth >= DEEPEST:
        return None
    return _of_type(schema, schemas, name, depth)


def _of_one(choices: list[Schema], schemas: Schemas, name: str, depth: int) -> Any:
    """Return an example of the first choice that is not null and that a known value fits, else of the first."""
    told = [choice for choice in choices if choice.get("type") != "null"]
    fitting = [choice for choice in told if _known(choice, name) is not None]
    return example_of((fitting or told or choices)[0], schemas, name, depth)


def _of_type(schema: Schema, schemas: Schemas, name: str, depth: int) -> Any:
    match schema.get("type"):
        case "object":
            return _of_object(schema, schemas, depth)
        case "array":
            parts = schema.get("prefixItems")
            if parts:
                return [example_of(part, schemas, name, depth + 1) for part in parts]
            count = max(1, schema.get("minItems", 1))
            return [example_of(schema.get("items", {}), schemas, name, depth + 1)] * count
        case "string" | "integer" | "number" | "boolean":
            known = _known(schema, name)
            return _plain(schema, name) if known is None else known
        case _:
            return None


def _of_object(schema: Schema, schemas: Schemas, depth: int) -> dict[str, Any]:
    made = {field: example_of(part, schemas, field, depth + 1) for field, part in schema.get("properties", {}).items()}
    more = schema.get("additionalProperties")
    if not made and isinstance(more, Mapping):
        made = {"age": example_of(more, schemas, "age", depth + 1)}
    return made


def _known(schema: Schema, name: str) -> Any:
    """Return the value that is known for a field, if one fits the schema."""
    return next((value for value in VALUES.get(name, ()) if _fits(schema, value)), None)


def _fits(schema: Schema, value: Any) -> bool:
    kinds = {"string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,)}
    if type(value) not in kinds.get(str(schema.get("type")), ()):
        return False
    if isinstance(value, str):
        return "enum" not in schema and "format" not in schema and "pattern" not in schema
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    return bool(low <= value <= high and schema.get("exclusiveMinimum", value - 1) < value)


def _plain(schema: Schema, name: str) -> Any:
    """Return a value of a field of which nothing is known but its type."""
    if schema["type"] == "string":
        if "pattern" in schema:
            return PATTERNS.get(schema["pattern"], PSEUDONYM)
        return BY_FORMAT.get(schema.get("format", ""), name.replace("_", " ") or "text")
    if schema["type"] == "boolean":
        return schema.get("default", True)
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    return max(low, min(1, schema.get("maximum", 1))) if schema["type"] == "integer" else float(max(low, 0.12))


PATTERNS = {r"^p-[a-z2-7]{32}$": PSEUDONYM, r"^\d{6}(\d{3})?$": "331082", r"^[0-9]{1,12}$": "331082001"}
