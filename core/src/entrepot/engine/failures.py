"""Why a plugin cannot be used: the cause in a sentence, the remedy in another, and the traceback for its author."""

from __future__ import annotations

import traceback

from entrepot.engine.limits import ProcessExit, TimedOut
from entrepot.kernel.records import dataclass
from entrepot.sdk.errors import PluginError


@dataclass(frozen=True)
class FailedPlugin:
    """A plugin that the shop runs without."""

    id: str
    cause: str
    remedy: str
    distribution: str = ""
    version: str = ""
    traceback: str = ""

    def __str__(self) -> str:
        return f"{self.id}: {self.cause} {self.remedy}"


class PluginRefused(PluginError):
    """A plugin breaks a rule of the border."""

    def __init__(self, cause: str, remedy: str) -> None:
        super().__init__(f"{cause} {remedy}")
        self.cause = cause
        self.remedy = remedy


class PluginsFailed(PluginError):
    """The start was asked to be strict and a plugin failed."""

    def __init__(self, failed: list[FailedPlugin]) -> None:
        super().__init__(
            "Plugins failed and ENTREPOT_STRICT_PLUGINS is set: " + " ".join(str(plugin) for plugin in failed)
        )
        self.failed = failed


def explain(plugin_id: str, stage: str, error: Exception) -> tuple[str, str]:
    """(cause, remedy) of an error while a plugin was at a stage: "import", "registration" or "migration"."""
    disable = f"Until then disable it: entrepot plugin disable {plugin_id}"
    match error:
        case PluginRefused():
            return error.cause, error.remedy
        case ModuleNotFoundError():
            missing = error.name or "a module"
            return f"It needs '{missing}', which is not installed.", f"Reinstall the plugin with pip. {disable}"
        case ImportError():
            return f"It cannot be imported: {error}.", f"Install a version that fits. {disable}"
        case TimedOut():
            return f"Its {stage} {error}.", f"Tell its author that nothing may wait there. {disable}"
        case ProcessExit():
            return f"Its {stage} {error}.", f"Tell its author. {disable}"
    return f"Its {stage} raised {type(error).__name__}: {error}.", f"Install a version that works. {disable}"


def traceback_text(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))
