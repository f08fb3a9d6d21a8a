"""Two servers of the same models: ours on a simulated city, and MLflow's own of one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks._stream_server import ChanceModels
from benchmarks._world import source


def register_all(folder: Path) -> list[str]:
    """Register champions fitted to chance as training registers its results; return their names."""
    from models.bundle import BUNDLE_ARTIFACT
    from training.registry import register, set_champion

    made = ChanceModels()
    made.refresh()
    for name, champion in made.current.champions.items():
        content = folder / name / BUNDLE_ARTIFACT
        content.mkdir(parents=True)
        champion.bundle.save(content)
        (content / "card.md").write_text("Fitted to chance, for a measurement.")
        (folder / name / "manifest.json").write_text(f'{{"fingerprint": "{name}", "code": "benchmark"}}')
        set_champion(register(folder / name), None)
    return list(made.current.champions)


def serve(port: int, models: Sequence[str], log: Path) -> None:
    """Serve these models as `sanzao serve` does, until killed; what it says goes to a file."""
    sys.stderr = log.open("w", buffering=1)
    import uvicorn

    from features.sources._city.clock import AS_OF
    from models.risk_model import risk_models
    from serving.api import create_app
    from serving.champions import Registry, registry_client
    from serving.logs import set_up_logs
    from serving.service import Service

    set_up_logs()
    registry = Registry(registry_client(), {name: risk_models()[name] for name in models})
    app = create_app(Service(source(AS_OF), registry))
    uvicorn.run(app, port=port, log_level="warning", access_log=False)


def serve_by_mlflow(model: str, port: int, log: Path) -> subprocess.Popen[Any]:
    """Start `mlflow models serve` of a model's champion; what it says goes to a file."""
    from features.settings import settings

    command = [
        sys.executable, "-m", "mlflow", "models", "serve", "--model-uri", f"models:/{model}@champion",
        "--env-manager", "local", "--host", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    found = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"  # where it looks for uvicorn
    addressed = os.environ | {"MLFLOW_TRACKING_URI": settings().tracking_uri, "PATH": found}
    with log.open("w") as said:
        return subprocess.Popen(  # noqa: S603 - our own command
            command, stdout=said, stderr=said, start_new_session=True, env=addressed
        )
