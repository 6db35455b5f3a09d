"""From cart to quote to order."""
