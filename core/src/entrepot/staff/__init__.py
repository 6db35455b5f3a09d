"""People who work in the back office."""
