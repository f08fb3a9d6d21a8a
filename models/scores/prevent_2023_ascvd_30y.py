"""Atherosclerotic cardiovascular disease within 30 years, by PREVENT.

See `_prevent` for the source and the equations.
"""

from models.scores._prevent import ASCVD, prevent
from models.scores._prevent_tables import ASCVD_30Y

SCORE = prevent("prevent_2023_ascvd_30y", ASCVD, 30, ASCVD_30Y)
