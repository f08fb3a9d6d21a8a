"""The lake: contract-checked records as Parquet, one folder a table, bucketed by resident.

<state>/<source>/lake/<table>/bucket=<k>/part-0.parquet   rows by resident, then day, then key; no file: no rows
<state>/<source>/lake/superseded/<table>/bucket=<k>/...   rows that others have superseded, and when
<state>/<source>/lake/<n>/...                             the same after a fold (`features.folding`)
<state>/<source>/lake/findings.parquet                    every broken cell, and the row that was set aside for it
<state>/<source>/lake/manifest.json                       fingerprint, buckets, folder <n>, rows and findings a table

A resident's bucket is person_id % buckets, so everything that concerns one person lies in one bucket, and whoever
works bucket by bucket needs the memory of one bucket only, whatever the size of the city.
"""

from __future__ import annotations

from features.lake.building import build_lake, lake_fingerprint
from features.lake.inspection import set_aside
from features.lake.reading import lake_buckets, lake_path, open_lake

__all__ = ["build_lake", "lake_buckets", "lake_fingerprint", "lake_path", "open_lake", "set_aside"]
