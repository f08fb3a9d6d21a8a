"""Facts, geography and simulation of the city."""
