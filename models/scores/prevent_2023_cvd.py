"""Total cardiovascular disease within 10 years, by PREVENT.

See `_prevent` for the source and the equations.
"""

from models.scores._prevent import CVD, prevent
from models.scores._prevent_tables import CVD_10Y

SCORE = prevent("prevent_2023_cvd", CVD, 10, CVD_10Y)
