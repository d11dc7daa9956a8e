"""Loggers of experiments: Weights & Biases, MLflow, Neptune, Comet, ClearML, tensorboardX and their like.

Replaced: all of these libraries, by modules that log nothing. Kept true: ``wandb.config`` holds what ``wandb.init``
was given, and in a sweep the first value of each parameter; Keras callbacks of these libraries can be made and
derived from. What would be downloaded raises ``NotEvaluated``.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any, Dict, Iterator, List, Mapping, NoReturn, Optional, Tuple

from ..contract import SkipReason
from ..unknown import NotEvaluated
from .model import StandIn
from .silent import Silent, SilentBase, SilentModule, nothing, silent_module

_DOWNLOAD = "This would be downloaded, and evaluations use no network."


def _downloads(*_: Any, **__: Any) -> NoReturn:
    raise NotEvaluated(SkipReason.NETWORK, _DOWNLOAD)


class Config:
    """The settings of a run: items and attributes at once."""

    def __init__(self) -> None:
        self.__dict__["_values"] = {}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __getitem__(self, name: str) -> Any:
        if name not in self._values:
            message = f"The setting {name!r} of this run is not given in the program."
            raise NotEvaluated(SkipReason.UNAVAILABLE, message)
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def keys(self) -> Any:
        """Return the names, so that ``dict(config)`` works."""
        return self._values.keys()

    def items(self) -> Any:
        """Return names with values."""
        return self._values.items()

    def values(self) -> Any:
        """Return the values."""
        return self._values.values()

    def get(self, name: str, default: Any = None) -> Any:
        """Return a value, or the default."""
        return self._values.get(name, default)

    def as_dict(self) -> Dict[str, Any]:
        """Return all settings."""
        return dict(self._values)

    def update(self, values: Any = (), **keywords: Any) -> None:
        """Take settings over from a dictionary, from ``argparse`` or from flags."""
        keywords.pop("allow_val_change", None)
        if hasattr(values, "flag_values_dict"):
            values = values.flag_values_dict()
        elif not isinstance(values, (Mapping, tuple, list)) and hasattr(values, "__dict__"):
            values = values.as_dict() if isinstance(values, Config) else vars(values)
        self._values.update(values, **keywords)

    def setdefaults(self, values: Mapping[str, Any]) -> None:
        """Take over what is not set yet."""
        self._values.update({**values, **self._values})


class _WeightsAndBiases:
    """The state of ``wandb`` in one evaluation."""

    def __init__(self, module: ModuleType) -> None:
        self._sweeps: List[Any] = []
        self._chosen: Dict[str, Any] = {}
        self._module: Any = module
        module.__dict__.update(
            config=Config(),
            run=None,
            init=self.init,
            sweep=self.sweep,
            agent=self.agent,
            Api=_downloads,
            restore=_downloads,
            use_artifact=_downloads,
            login=lambda *_, **__: True,
        )

    def init(self, *_: Any, config: Any = None, **keywords: Any) -> Any:
        """Return a run with these settings."""
        if config is not None and not isinstance(config, str):
            self._module.config.update(config)
        self._module.config.update(self._chosen)
        run = Silent("wandb.run")
        name = keywords.get("name") or "run"
        run.__dict__.update(config=self._module.config, name=name, use_artifact=_downloads)
        self._module.run = run
        return run

    def sweep(self, sweep: Any = None, *_: Any, **__: Any) -> str:
        """Note the settings that a sweep tries."""
        self._sweeps.append(sweep)
        return "sweep"

    def agent(self, sweep_id: Any = None, function: Any = None, *_: Any, **__: Any) -> None:
        """Run the program's function once, with the first of the values to be tried."""
        if function is None:
            return
        sweep = self._sweeps[-1] if self._sweeps else None
        parameters = sweep.get("parameters", {}) if isinstance(sweep, dict) else {}
        first = {name: _first(given) for name, given in parameters.items()}
        self._chosen = {name: value for name, value in first.items() if value is not None}
        function()


def _first(given: Any) -> Optional[Any]:
    if not isinstance(given, dict):
        return None
    if given.get("values"):
        return given["values"][0]
    return given.get("value", given.get("min"))


_CALLBACKS = "WandbCallback WandbMetricsLogger WandbModelCheckpoint WandbEvalCallback".split()


@functools.cache
def _wandb(name: str) -> ModuleType:
    module = SilentModule(name)
    if name == "wandb":
        _WeightsAndBiases(module)
    else:
        module.__dict__.update({callback: _callback(callback) for callback in _CALLBACKS})
    return module


def _callback(name: str) -> type:
    return type(name, (SilentBase,), {})


def _mlflow(name: str) -> ModuleType:
    module = SilentModule(name)
    module.__dict__.update(load_model=_downloads, search_runs=_downloads, active_run=lambda: None)
    module.__dict__["MlflowCallback"] = module.__dict__["MLflowCallback"] = _callback("MlflowCallback")
    return module


def _other(name: str) -> ModuleType:
    module = silent_module(name)
    module.__dict__.update(SummaryWriter=SilentBase, NeptuneCallback=SilentBase, DVCLiveCallback=SilentBase)
    return module


_OTHERS = "neptune comet_ml clearml tensorboardX aim dvclive codecarbon sentry_sdk swanlab trackio livelossplot".split()

STAND_INS: Tuple[StandIn, ...] = (
    StandIn("wandb", nothing, _wandb),
    StandIn("mlflow", nothing, _mlflow),
    *(StandIn(name, nothing, _other) for name in _OTHERS),
)
