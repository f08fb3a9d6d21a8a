"""Where everything is kept, in one place; every field can be set by an environment variable SANZAO_<FIELD>."""

from __future__ import annotations

import os
import warnings
from functools import cache
from pathlib import Path

from pydantic import Field, SecretStr
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
    demo: bool | None = Field(None, description="demo log-ins; unset: `sanzao up` makes them for open data only")
    token_key: SecretStr = Field(
        SecretStr(""), description="signs tokens, 32 bytes or more; empty: a file under `state`"
    )
    pseudonym_key: SecretStr = Field(SecretStr(""), description="makes pseudonyms; empty: a file under `state`")
    audit_key: SecretStr = Field(SecretStr(""), description="seals the audit log; empty: a file under `state`")
    token_minutes: int = Field(30, ge=1, le=1440, description="how long a bearer token holds")
    session_hours: int = Field(10, ge=1, le=24, description="how long somebody stays signed in to the pages")
    oidc_issuer: str = Field("", description="an OpenID Connect provider whose tokens are accepted, as its `iss` says")
    oidc_jwks: str = Field("", description="address of the provider's signing keys (JWKS)")
    oidc_audience: str = Field("", description="the audience that the provider names us by")
    oidc_role_claim: str = Field("role", description="claim that holds the role, a text or a list")
    oidc_catchment_claim: str = Field("catchment", description="claim that holds area codes, a text or a list")
    oidc_roles: dict[str, str] = Field({}, description="our role by the provider's; empty: the same names")
    rate_store: str = Field("memory://", description="where attempts are counted; redis://host:port: for all workers")
    requests_per_minute: int = Field(60_000, ge=1, description="requests that one account may make in a minute")
    body_bytes: int = Field(1_000_000, ge=1, description="largest body of a request, in bytes")
    batch_bytes: int = Field(64_000_000, ge=1, description="largest batch that is scored, in bytes")
    log_json: bool = Field(False, description="write the server's log as JSON, a line a record")
    log_access: bool = Field(True, description="write a line a request into the server's log; it names nobody")
    metrics_open: bool = Field(True, description="whether /metrics is open; it names nobody. Else for engineers only")
    metrics_folder: Path | None = Field(
        None, description="where several processes keep their counts for /metrics; `serve --workers` sets it"
    )
    hsts_seconds: int = Field(
        0, ge=0, description="Strict-Transport-Security, where TLS ends before the server; 0: none"
    )

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
