"""Heart failure within 30 years, by PREVENT.

See `_prevent` for the source and the equations.
"""

from models.scores._prevent import HF, prevent
from models.scores._prevent_tables import HF_30Y

SCORE = prevent("prevent_2023_hf_30y", HF, 30, HF_30Y)
