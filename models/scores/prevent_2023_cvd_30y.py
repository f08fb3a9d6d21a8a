"""Total cardiovascular disease within 30 years, by PREVENT.

See `_prevent` for the source and the equations.
"""

from models.scores._prevent import CVD, prevent
from models.scores._prevent_tables import CVD_30Y

SCORE = prevent("prevent_2023_cvd_30y", CVD, 30, CVD_30Y)
