"""The pure pipeline that totals a cart, and the steps that feed it."""
