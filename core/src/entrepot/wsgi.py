"""The shop for a WSGI server of your own: ``gunicorn --preload entrepot.wsgi:app``, settings from the environment."""

from __future__ import annotations

from entrepot.serving import served_app

app = served_app()
