"""Several serving processes, by gunicorn, in the interpreter that is already running."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from entrepot.serving import served_app
from entrepot.settings import Settings


class Processes(BaseApplication):
    """gunicorn with the shop loaded once, before it forks. GUNICORN_CMD_ARGS may change every option."""

    def __init__(self, settings: Settings, options: Mapping[str, Any]) -> None:
        self._settings = settings
        self._options = options
        super().__init__(prog="entrepot run")

    def load_config(self) -> None:
        for name, value in {"preload_app": True, **self._options, **self._said_in_environment()}.items():
            self.cfg.set(name, value)

    def _said_in_environment(self) -> dict[str, Any]:
        arguments = self.cfg.get_cmd_args_from_env()
        said = vars(self.cfg.parser().parse_args(arguments)) if arguments else {}
        return {name: value for name, value in said.items() if name != "args" and value is not None}

    def load(self) -> Any:
        return served_app(self._settings)
