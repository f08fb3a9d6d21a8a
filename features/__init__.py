"""Records in, features out: table contracts, sources, the lake, Feast views, history and the online row."""
