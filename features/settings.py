"""Where everything is kept, in one place; every field can be set by an environment variable SANZAO_<FIELD>."""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent

# Nothing that we use may report to anybody; libraries read these when they are imported.
os.environ["DO_NOT_TRACK"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["FEAST_USAGE"] = "False"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"  # ours is enough
warnings.filterwarnings("ignore", message=".*noload.*loader strategy")  # MLflow's business with SQLAlchemy


class Settings(BaseSettings):
    """Embedded by default: folders and SQLite beside the code."""

    model_config = SettingsConfigDict(env_prefix="SANZAO_", extra="ignore")

    state: Path = Field(PROJECT / "var", description="lake, feature store, training results")
    mlruns: Path = Field(PROJECT / "mlruns", description="MLflow's database and artifacts")
    mlflow_tracking_uri: str = Field("", description="an MLflow server; empty: SQLite under `mlruns`")
    database: str = Field("", description="state database, postgresql+pg8000://…; empty: SQLite beside the source")
    online_store: str = Field("", description="a Valkey or Redis server, redis://host:port; empty: one SQLite file")
    source: str = Field("city", description="the data source that is served")
    host: str = Field("127.0.0.1", description="address the server listens on")
    port: int = Field(8000, ge=1, le=65535, description="port the server listens on")
    threads: int = Field(2, ge=1, description="threads for DuckDB, LightGBM and the scoring kernel")
    buckets: int = Field(4, ge=1, description="buckets of residents in the lake of a source that is small")
    city_residents: int = Field(30_000, ge=1_000, description="residents of the city that is simulated on first use")
    outer_folds: int = Field(5, ge=2, description="folds of the validation that judges")
    inner_folds: int = Field(4, ge=2, description="folds of the validation that chooses")
    nhanes: Path = Field(
        PROJECT.parent / "shared/data/nhanes",
        description="folder of the NHANES files of 1999-2018, where there are any",
    )
    quality: Path = Field(
        PROJECT.parent / "shared/data/quality",
        description="folder of tables whose wrong cells are known: NAME/dirty.csv beside NAME/clean.csv",
    )
    baltimore311: Path = Field(
        PROJECT.parent / "shared/data/baltimore311",
        description="folder of the Baltimore service requests of 2014-19, where there are any",
    )
    reload_seconds: float = Field(1.0, gt=0, description="how often serving looks for new champions")

    @property
    def tracking_uri(self) -> str:
        """MLflow's tracking address: the configured server, else SQLite."""
        return self.mlflow_tracking_uri or f"sqlite:///{self.mlruns.resolve()}/mlflow.db"

    def source_state(self, source: str) -> Path:
        """Return the folder that holds everything derived from one data source."""
        return self.state / source


@cache
def settings() -> Settings:
    """Return the settings of this process; tests call `settings.cache_clear()` after changing the environment."""
    return Settings()
