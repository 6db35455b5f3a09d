"""The pages of docs/reference, drawn from the code."""
