"""Values that everyone speaks: money, weight, country, address, ids, clock. Pure; imports nothing of entrepot."""
