"""Drift: whether the people, the predicted risks and the outcomes are still those that a model was trained for.

`grid` counts a column in cells, `psi` and `ks` compare two counts, `shift` says what one column did. `reference` is
what training leaves beside the bundle to compare with, `population` counts the people of now, `calibration` holds
predictions against outcomes that have come in since. `rule` turns all of it into a decision with reasons.
"""
