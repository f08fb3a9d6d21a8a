"""The burden of diseases in a city and its counties, counted from its records, to say which disease comes next.

How often each disease is diagnosed, how many live with it, how many years of life and how much care it costs, where it
is going, and how much a screening programme could avert. Nothing here reads what only a simulator knows.
"""

from training.burden.diseases import DISEASES, Disease
from training.burden.measure import Burden, measure_burden
from training.burden.release import release
from training.burden.small_areas import AreaCases, area_cases

__all__ = ["DISEASES", "AreaCases", "Burden", "Disease", "area_cases", "measure_burden", "release"]
