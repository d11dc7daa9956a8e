"""Keras 3 on PyTorch.

Layers are ``torch.nn.Module`` there and hold their parameters as such. So a large variable has a parameter of the
right shape from the start, all of whose elements are the same one in memory; it gets memory and values of its own, in
place, when it is read outside of shape inference.
"""

from __future__ import annotations

import functools
import importlib
import math
from typing import Any, Callable, Iterator, Optional, Tuple

from ..trial_sizes import TrialSizes
from .backend import gpu_hidden
from .initializers import InitializersThatCannotFail

_MADE_AT_ONCE = 4096
"""Elements of a variable that is not worth waiting with; its values take 20 microseconds."""

_WAITING = "_initializer_of_waiting"
"""Attribute of a variable that has a parameter without memory."""


class Torch:
    """PyTorch (implements Backend)."""

    name = "torch"

    def defer_variables(self) -> bool:
        """Give large variables their values when they are read; False where this Keras has no place for that."""
        from keras.src.backend.torch import core, layer

        if not hasattr(core.Variable, "_initialize_with_initializer"):
            return False
        waiting = _Waiting(core.Variable)
        waiting.install()
        waiting.keep_out_of(layer.TorchLayer)
        return True

    def ready(self) -> None:
        """Compute in one thread: a pool of them would not survive a fork, and evaluations compute little."""
        import torch

        torch.set_num_threads(1)

    def device_name(self) -> str:
        """Return ``gpu`` where PyTorch was left to see one, else ``cpu``; does not initialise any device."""
        return "cpu" if gpu_hidden() else "gpu"

    def fork_obstacle(self) -> str:
        """Tell of a driver that was started: Keras asks it for devices when it is imported."""
        return "" if gpu_hidden() else "the driver of the GPU was started in the host"


class _Waiting:
    """Variables whose values are still to be made."""

    def __init__(self, variable: Any) -> None:
        self._variable = variable
        self._sure = InitializersThatCannotFail()

    def install(self) -> None:
        """Make large variables wait."""
        from keras.src.backend.common.stateless_scope import in_stateless_scope
        from keras.src.backend.torch.core import get_device

        variable, sure = self._variable, self._sure
        initialize: Callable[..., None] = variable._initialize_with_initializer
        initialize_deferred: Callable[..., None] = variable._deferred_initialize
        read = variable.value.fget

        def _initialize_with_initializer(self: Any, initializer: Any) -> None:
            small = math.prod(self._shape) <= _MADE_AT_ONCE
            if small or str(get_device()) == "meta" or not sure.fits(initializer, self._shape):
                initialize(self, initializer)
            else:
                self._value = _placeholder(self)
                setattr(self, _WAITING, initializer)

        def _deferred_initialize(self: Any) -> None:
            # Keras calls this for variables made in a StatelessScope.
            if not _waits(self):
                initialize_deferred(self)

        def value(self: Any) -> Any:
            # Shape inference may come here with real tensors, where the symbolic ones of PyTorch did not do.
            if _waits(self) and str(get_device()) != "meta" and not in_stateless_scope():
                make(self)
            return read(self)

        variable._initialize_with_initializer = _initialize_with_initializer
        variable._deferred_initialize = _deferred_initialize
        variable.value = property(value)

    def keep_out_of(self, layer: Any) -> None:
        """Let layers know of parameters that wait, and make their values when the program asks for parameters."""
        import torch

        named_parameters: Callable[..., Any] = layer.named_parameters
        state: Callable[..., Any] = layer.state_dict

        def _track_variables(self: Any) -> None:
            self._torch_params = torch.nn.ParameterDict(
                {variable.path: _parameter(variable) for variable in self.variables}
            )

        def _post_track_variable(self: Any, variable: Any) -> None:
            if hasattr(self, "_torch_params") and variable.path not in self.torch_params:
                self.torch_params[variable.path] = _parameter(variable)

        def made(self: Any) -> None:
            for variable in self.variables:
                if _waits(variable):
                    make(variable)

        def _named_parameters(self: Any, *arguments: Any, **keywords: Any) -> Iterator[Any]:
            made(self)
            parameters: Iterator[Any] = named_parameters(self, *arguments, **keywords)
            return parameters

        def state_dict(self: Any, *arguments: Any, **keywords: Any) -> Any:
            made(self)
            return state(self, *arguments, **keywords)

        layer._track_variables = _track_variables
        layer._post_track_variable = _post_track_variable
        layer.named_parameters = _named_parameters
        layer.state_dict = state_dict


def _waits(variable: Any) -> bool:
    return _WAITING in vars(variable)


def _parameter(variable: Any) -> Any:
    return variable._value if _waits(variable) else variable.value


def _placeholder(variable: Any) -> Any:
    import torch
    from keras.src.backend.torch.core import get_device, to_torch_dtype

    one = torch.zeros((), dtype=to_torch_dtype(variable._dtype), device=get_device())
    return torch.nn.Parameter(one.expand(tuple(variable._shape)), requires_grad=variable.trainable)


def make(variable: Any) -> None:
    """Give a variable that waits its values, in the parameter that it has."""
    import torch

    initializer = vars(variable).pop(_WAITING)
    with torch.no_grad():
        value = variable._convert_to_tensor(initializer(variable._shape, dtype=variable._dtype))
        variable._value.data = value.to(variable._value.dtype)


def watch_inference(trial: TrialSizes) -> None:
    """Tell of the calls by which Keras infers shapes, and of the sizes that it tries in them."""
    from keras.src import backend, tree
    from keras.src.backend.torch import core

    infer: Callable[..., Any] = core.compute_output_spec

    @functools.wraps(infer)
    def compute_output_spec(call: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
        unknown = _first_unknown(tree.flatten((arguments, keywords)))
        if unknown is None or trial.active:
            return infer(call, *arguments, **keywords)

        def tried(*given: Any, **given_by_name: Any) -> Any:
            number, axis = unknown
            trial.begin(int(tree.flatten((given, given_by_name))[number].shape[axis]))
            return call(*given, **given_by_name)

        try:
            return infer(tried, *arguments, **keywords)
        finally:
            trial.end()

    modules: Tuple[Any, ...] = (backend, core, importlib.import_module("keras.src.backend.torch"))
    for module in modules:
        module.compute_output_spec = compute_output_spec


def _first_unknown(values: Any) -> Optional[Tuple[int, int]]:
    """Return the place and the axis of the first symbolic tensor with an unknown size."""
    from keras import KerasTensor

    for number, value in enumerate(values):
        if isinstance(value, KerasTensor) and None in value.shape:
            return number, value.shape.index(None)
    return None
