"""Blood: the chemistry and the blood count that a wider health check adds, each as its latest value.

No direction is declared for most of them: both ends of their range go with disease.
"""

from features.feature import View
from features.taking import latest

VIEW = View(
    name="blood",
    description="Liver, kidney and inflammation markers, and the blood count.",
    features=(
        latest("uric_acid", 5),
        latest("ggt", 1, direction="rises"),
        latest("albumin", 1, direction="falls"),
        latest("alkaline_phosphatase", 1),
        latest("urea", 0.1),
        latest("bilirubin", 1),
        latest("crp", 0.1, direction="rises"),
        latest("white_cells", 0.1),
        latest("neutrophils", 0.5),
        latest("lymphocytes", 0.5),
        latest("monocytes", 0.1),
        latest("eosinophils", 0.1),
        latest("basophils", 0.1),
        latest("red_cells", 0.05),
        latest("red_cell_volume", 0.5),
        latest("red_cell_width", 0.1, direction="rises"),
    ),
)
