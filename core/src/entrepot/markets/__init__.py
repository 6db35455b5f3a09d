"""The store and its markets."""
