"""Statistics of small areas: rates, ratios, smoothing, clusters and trends of counts, as arrays in and arrays out.

They neither know what is counted nor where it was stored. Whoever shows a result passes it through
`models.disclosure` first.
"""
