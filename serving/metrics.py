"""What operators watch, for Prometheus: requests, records taken in, and the state of what serves. It names no person.

Counts are of requests and records, by the template of a route and never by its address, so that no resident's number
gets into a label. With several processes (`sanzao serve --workers`) each keeps its counts in a file of
`SANZAO_METRICS_FOLDER`, and whichever is asked adds all of them up.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import Scope

from features.settings import settings
from serving.service import Service

CONTENT_TYPE = CONTENT_TYPE_LATEST
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Seconds: from a score of one resident (milliseconds) to a batch of a hundred thousand.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_own = CollectorRegistry()
_requests = Counter("sanzao_requests", "Requests answered", ["method", "route", "status"], registry=_own)
_seconds = Histogram(
    "sanzao_request_seconds", "Seconds until the answer had left", ["method", "route"], registry=_own, buckets=BUCKETS
)
_records = Counter("sanzao_records", "Records sent in", ["outcome"], registry=_own)


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one request that was answered; of `method_of` and `route_of`."""
    _requests.labels(method, route, str(status)).inc()
    _seconds.labels(method, route).observe(seconds)


def count_records(kept: int, already_there: int) -> None:
    """Count records that were acknowledged."""
    _records.labels("kept").inc(kept)
    _records.labels("already_there").inc(already_there)


def method_of(scope: Scope) -> str:
    """Return the method of a request, of which a client may make up any."""
    return str(scope["method"]) if scope["method"] in METHODS else "other"


def route_of(scope: Scope) -> str:
    """Return the template of the route that answered; of requests that meet none, nothing of what they asked."""
    return str(getattr(scope.get("route"), "path", None) or "none")


class State(Collector):
    """What serves now, in the process that is asked."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the gauges."""
        ranking = self._service.ranking
        serving, declared = len(ranking.snapshot.versions), len(self._service.registry.declared)
        yield GaugeMetricFamily("sanzao_models_serving", "Models that have a champion", serving)
        yield GaugeMetricFamily("sanzao_models_declared", "Models that the source can serve", declared)
        age = time.monotonic() - ranking.made
        yield GaugeMetricFamily("sanzao_snapshot_age_seconds", "Since the champions that serve were taken over", age)
        now = self._service.population.now.timestamp()
        yield GaugeMetricFamily("sanzao_population_moment", "What counts as now, seconds since 1970", now)
        arrived = ranking.arrived
        yield GaugeMetricFamily("sanzao_lists_batch", "Newest batch of records that the lists hold", arrived)


def exposition(service: Service) -> bytes:
    """Return everything in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(State(service))
    folder = settings().metrics_folder
    if folder is None:
        return bytes(generate_latest(_own) + generate_latest(registry))
    MultiProcessCollector(registry, str(folder))  # type: ignore[no-untyped-call]
    return bytes(generate_latest(registry))
