"""Orders that other channels took, from a file."""
