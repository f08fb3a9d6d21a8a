"""NHANES: where its files lie, what their columns mean, and the OMOP records that they become."""
