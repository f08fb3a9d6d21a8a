"""From cohorts to registered champions: fitting, validation, calibration, evaluation, promotion."""
