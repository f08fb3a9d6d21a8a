"""The champions that serve: loaded from MLflow, compiled together, swapped whole when an alias moves."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from features.errors import NotReadyError, UnknownNameError
from features.settings import settings
from models.bundle import BUNDLE_ARTIFACT, CHAMPION_ALIAS, Bundle, DamagedBundleError
from models.cell_model import CellModel
from models.design import needed_features
from models.event_bundle import EventBundle
from models.event_model import EventModel
from models.kinds import AnyModel, declared_models, load_bundle
from models.risk_model import RiskModel
from serving.kernel import Scorer

if TYPE_CHECKING:
    from mlflow import MlflowClient

log = logging.getLogger(__name__)


class ModelUnavailableError(NotReadyError):
    """A declared model has no champion that can be used."""

    status = 424  # Failed Dependency: the request is right, the artifact behind it is not


@dataclass(frozen=True)
class Champion:
    """One serving version with its declaration; `folder` is where its bundle lies, with what is kept beside it."""

    declaration: RiskModel
    version: int
    bundle: Bundle
    folder: Path | None = None


@dataclass(frozen=True)
class EventChampion:
    """One serving version of an event model with its declaration."""

    declaration: EventModel
    version: int
    bundle: EventBundle
    folder: Path | None = None


@dataclass(frozen=True)
class CellChampion:
    """One serving version of a cell model with its declaration."""

    declaration: CellModel
    version: int
    bundle: Bundle


AnyChampion = Champion | EventChampion | CellChampion


@dataclass(frozen=True)
class Snapshot:
    """All champions at one moment; a request keeps to the snapshot that it started with.

    Attributes
    ----------
    champions, events, cells
        Of models of residents, of event models, and of cell models.
    problems
        Why a declared model cannot serve, by model name.
    """

    champions: Mapping[str, Champion] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    scorer: Scorer | None = None
    events: Mapping[str, EventChampion] = field(default_factory=dict)
    cells: Mapping[str, CellChampion] = field(default_factory=dict)

    @property
    def versions(self) -> dict[str, int]:
        """Return the version that serves of every model that does."""
        residents = {name: entry.version for name, entry in self.champions.items()}
        others: dict[str, EventChampion | CellChampion] = {**self.events, **self.cells}
        return residents | {name: entry.version for name, entry in others.items()}

    @property
    def features(self) -> list[str]:
        """Every stored feature that some champion needs."""
        return needed_features(self.scorer.features) if self.scorer else []

    def champion(self, name: str) -> Champion:
        """Return the champion of a model.

        Raises
        ------
        UnknownNameError
            If no such model is declared.
        ModelUnavailableError
            If it is declared, but cannot serve.
        """
        if name in self.champions:
            return self.champions[name]
        raise self._unavailable(name)

    def event_champion(self, name: str) -> EventChampion:
        """Return the champion of an event model; raises as `champion` does."""
        if name in self.events:
            return self.events[name]
        raise self._unavailable(name)

    def any_champion(self, name: str) -> Champion | EventChampion:
        """Return the champion of a model of residents or events; raises as `champion` does."""
        return self.event_champion(name) if name in self.events else self.champion(name)

    def _unavailable(self, name: str) -> UnknownNameError | ModelUnavailableError:
        if name not in declared_models():
            return UnknownNameError("model", name, declared_models())
        if name in self.versions:
            return ModelUnavailableError(f"Model '{name}' is of another kind than this route serves.")
        problem = self.problems.get(name, "this data source cannot show its outcome")
        return ModelUnavailableError(f"Model '{name}' cannot serve: {problem}")


class Registry:
    """Follows the champion aliases in MLflow.

    `client` is that of the registry; `declared` are the models that the data source can serve; `current` is replaced
    by a complete new snapshot, never changed, so that readers need no lock.
    """

    def __init__(self, client: MlflowClient, declared: Mapping[str, AnyModel | CellModel]) -> None:
        self.client = client
        self._refreshing = threading.Lock()
        self.declared = declared
        self.current = Snapshot(problems=dict.fromkeys(declared, "no champion has been loaded yet"))

    def refresh(self) -> bool:
        """Load what has changed; return whether there is a new snapshot.

        A champion whose artifact is damaged leaves its predecessor serving; the problem is recorded.
        """
        with self._refreshing:
            aliases = self._aliases()
            known = self.current.versions
            if aliases == known and not (set(aliases) & set(self.current.problems)):
                return False
            loaded: dict[str, AnyChampion] = {}
            problems: dict[str, str] = {}
            for name, declaration in self.declared.items():
                try:
                    loaded[name] = self._load(declaration, aliases)
                except NotReadyError as error:
                    problems[name] = str(error)
                    if (present := self._present(name)) is not None:
                        loaded[name] = present
            champions = {name: entry for name, entry in loaded.items() if isinstance(entry, Champion)}
            events = {name: entry for name, entry in loaded.items() if isinstance(entry, EventChampion)}
            if {name: entry.version for name, entry in loaded.items()} == known and problems == dict(
                self.current.problems
            ):
                return False
            cells = {name: entry for name, entry in loaded.items() if isinstance(entry, CellChampion)}
            self.current = Snapshot(champions, problems, compile_scorer(champions), events, cells)
        return True

    def _aliases(self) -> dict[str, int]:
        found = self.client.search_registered_models()
        return {
            entry.name: int(entry.aliases[CHAMPION_ALIAS])
            for entry in found
            if CHAMPION_ALIAS in entry.aliases and entry.name in self.declared
        }

    def _present(self, name: str) -> AnyChampion | None:
        current = self.current
        return current.champions.get(name) or current.events.get(name) or current.cells.get(name)

    def _load(self, declaration: AnyModel | CellModel, aliases: Mapping[str, int]) -> AnyChampion:
        name = declaration.name
        if name not in aliases:
            raise NotReadyError(f"it has no champion. Run `sanzao train {name}`.")
        present = self._present(name)
        if present is not None and present.version == aliases[name]:
            return present
        folder = self._folder(name, aliases[name])
        bundle = load_bundle(folder)
        order = tuple(entry.name for entry in bundle.inputs)[: len(declaration.features)]
        if order != declaration.features:
            raise DamagedBundleError(
                f"version {aliases[name]} was trained on features {list(order)}, the declaration names "
                f"{list(declaration.features)}. Train it again with `sanzao train {name}`."
            )
        if isinstance(declaration, EventModel) and isinstance(bundle, EventBundle):
            return EventChampion(declaration, aliases[name], bundle, folder)
        if isinstance(declaration, RiskModel) and isinstance(bundle, Bundle):
            return Champion(declaration, aliases[name], bundle, folder)
        if isinstance(declaration, CellModel) and isinstance(bundle, Bundle):
            return CellChampion(declaration, aliases[name], bundle)
        raise DamagedBundleError(f"version {aliases[name]} is of another kind of model than its declaration.")

    def _folder(self, name: str, version: int) -> Path:
        import mlflow

        try:
            uri = self.client.get_model_version_download_uri(name, str(version))
            folder = Path(mlflow.artifacts.download_artifacts(artifact_uri=uri))
        except (OSError, mlflow.exceptions.MlflowException) as error:
            raise DamagedBundleError(
                f"The artifact of '{name}' version {version} cannot be read ({error}). "
                f"Train it again with `sanzao train {name}`, or go back with `sanzao rollback {name}`."
            ) from error
        return folder / "artifacts" / BUNDLE_ARTIFACT


def compile_scorer(champions: Mapping[str, Champion]) -> Scorer | None:
    """Return one scorer for all champions, in their order; None where there are none."""
    if not champions:
        return None
    bundles = [champion.bundle for champion in champions.values()]
    return Scorer([(bundle.form, bundle.attribution, bundle.slope, bundle.intercept) for bundle in bundles])


def registry_client() -> MlflowClient:
    """Return a client of the configured MLflow registry, without changing anything there.

    Raises
    ------
    NotReadyError
        If the registry has not been set up.
    """
    import mlflow

    uri = settings().tracking_uri
    if uri.startswith("sqlite:///") and not Path(uri.removeprefix("sqlite:///")).exists():
        raise NotReadyError(f"There is no model registry at {uri} yet. Run `sanzao train --all` (or `make run`).")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return mlflow.MlflowClient()
