"""Models that are used before they are built or compiled, and arguments that Keras does not know."""

from __future__ import annotations

import re

from shapelens.diagnostics.explaining.explanation import Explanation
from shapelens.diagnostics.explaining.shapes import counted
from shapelens.diagnostics.explaining.sights import Sights
from shapelens.worker.contract import Fault

_WEIGHTS = re.compile(r"on layer '(.+?)' with a weight list of length (\d+), but the layer was expecting (\d+) weights")
_INPUTS = re.compile(r"Sequential model '(.+?)' has no defined (?:inputs|outputs) yet")
_CALLED = re.compile(r"The layer (\S+) has never been called and thus has no defined (\w+)")
_BUILT = re.compile(r"This model has not yet been built\.")
_COMPILED = re.compile(
    r"You must call `compile\(\)` before using the model|You must compile your model before training"
)
_CONFIGURED = re.compile(
    r"Sequential model '(.+?)' has already been configured to use input shape (\(.*?\))\. "
    r"You cannot build it with input_shape (\(.*?\))"
)
_UNKNOWN_SIZE = re.compile(
    r"The last dimension of the inputs to a Dense layer should be defined\. Found None\. "
    r"Full input shape received: (\(.*?\))"
)
_IDENTIFIER = re.compile(r"Could not interpret (\w+)(?: function)? identifier: (\w+)$")
_UNKNOWN_NAME = re.compile(r"Unknown (activation function|optimizer|loss function|metric function):? '(\w+)'")
_MISSING = re.compile(r"^(\w+)\.__init__\(\) missing \d+ required positional arguments?: (.+)$")
_UNRECOGNISED = re.compile(r"Unrecognized keyword arguments passed to (\w+): \{'(\w+)': ")
_SYMBOLIC = re.compile(r"A KerasTensor cannot be used as input to a TensorFlow function")


def unready(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain what comes too early."""
    if found := _WEIGHTS.search(core):
        name, given, expected = found.groups()
        if expected == "0":
            return Explanation(f"`{name}` has no weights before it is built; it is given {given}.")
        return Explanation(f"`{name}` has {counted(int(expected), 'weight')} but is given {given}.")
    if found := _INPUTS.search(core):
        return Explanation(f"`{found.group(1)}` is not built: nothing gave it an input.")
    if found := _CALLED.search(core):
        return Explanation(f"`{found.group(1)}` has no {found.group(2)} before it is called.")
    if _BUILT.search(core):
        return Explanation("The model is not built: it has no input shape and was not called.")
    if _COMPILED.search(core):
        return Explanation("The model is not compiled: call `compile` first.")
    if found := _CONFIGURED.search(core):
        name, first, second = found.groups()
        return Explanation(f"`{name}` is made for {first} and cannot be built for {second}.")
    if found := _UNKNOWN_SIZE.search(core):
        return Explanation(f"`Dense` needs to know the last axis of its input, which is None in {found.group(1)}.")
    return None


def arguments(sights: Sights, fault: Fault, core: str) -> Explanation | None:
    """Explain an argument that is missing or not known."""
    if found := _IDENTIFIER.search(core):
        return Explanation(f"There is no {found.group(1)} `{found.group(2)}`.")
    if found := _UNKNOWN_NAME.search(core):
        return Explanation(f"There is no {found.group(1).removesuffix(' function')} `{found.group(2)}`.")
    if found := _MISSING.search(core):
        names = found.group(2).replace("'", "`")
        return Explanation(f"`{found.group(1)}` needs {names}.")
    if found := _UNRECOGNISED.search(core):
        return Explanation(f"`{found.group(1)}` has no argument `{found.group(2)}`.")
    if _SYMBOLIC.search(core):
        called = f"`{sights.called(fault)}`" if sights.called(fault) else "A function"
        advice = "use `keras.ops`, or call it inside a layer"
        return Explanation(f"{called} of TensorFlow cannot take the symbolic tensors of Keras: {advice}.")
    return None
