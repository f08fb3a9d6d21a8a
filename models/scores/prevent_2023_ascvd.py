"""Atherosclerotic cardiovascular disease within 10 years, by PREVENT.

See `_prevent` for the source and the equations.
"""

from models.scores._prevent import ASCVD, prevent
from models.scores._prevent_tables import ASCVD_10Y

SCORE = prevent("prevent_2023_ascvd", ASCVD, 10, ASCVD_10Y)
