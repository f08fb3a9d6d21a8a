"""Heart failure within 10 years, by PREVENT.

See `_prevent` for the source and the equations.
"""

from models.scores._prevent import HF, prevent
from models.scores._prevent_tables import HF_10Y

SCORE = prevent("prevent_2023_hf", HF, 10, HF_10Y)
