"""Training of event models: what was known when, candidates, evaluation in time, the gate."""
