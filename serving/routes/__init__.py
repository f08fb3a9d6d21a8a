"""The routes of the API: each module defines a `router`, and `serving.api` finds it."""
