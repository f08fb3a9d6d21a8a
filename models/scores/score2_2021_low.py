"""Cardiovascular disease within 10 years in the countries of low risk, by SCORE2 and SCORE2-OP.

See `_score2` for the sources and the equations.
"""

from models.scores._score2 import LOW, score2

SCORE = score2("score2_2021_low", LOW)
