"""Learning which cells are wrong, from tables whose mistakes are known."""
