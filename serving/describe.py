"""Print the API's description, from which the browser app's types are made: `make types`."""

from __future__ import annotations

import json
import sys

from fastapi import FastAPI

from serving.api import include_routes
from serving.openapi import described


def describe() -> str:
    """Return the OpenAPI description of `/v1`, which needs no data and no models."""
    app = FastAPI(title="Sanzao", version="1")
    include_routes(app)
    return json.dumps(described(app), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(describe())
