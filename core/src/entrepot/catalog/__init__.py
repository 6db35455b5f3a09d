"""Products, variants, categories, pictures and prices."""
