"""The monthly health bulletin: what a city's health commission publishes, written from the records alone.

It lives beside the burden and the model reports because it counts records and needs no model that serves.
"""
