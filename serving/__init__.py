"""One scoring core, and the HTTP API and pages in front of it."""
