"""Stock as suppliers and warehouses of others report it."""
