"""The report of one model version: one page that shows a clinician, an epidemiologist and an auditor all there is."""
