"""Returns and withdrawals: asked for, received, inspected, settled by one money plan."""
