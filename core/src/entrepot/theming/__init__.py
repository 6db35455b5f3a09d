"""Theming: layered templates, slots for plugins, design tokens, static files and the theme check."""
