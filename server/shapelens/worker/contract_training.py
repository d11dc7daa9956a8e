"""What is known of a call of ``fit`` or its kin; a part of the contract, which names them all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional, Tuple

from .contract_values import Location, Structure, TensorSpec


@dataclass(frozen=True)
class Given:
    """One array or tensor that was given to a method of a model, or the elements of a data set."""

    name: str
    """Its place in the argument: ``x``, ``y``, ``x[0]``, ``y['price']``, ``sample_weight``, ``validation_data[0]``."""
    spec: TensorSpec
    """Of the whole array, the samples along its first axis; of one batch where it comes from a data set."""
    batched: bool = False
    """Whether ``spec`` is that of a batch."""
    text: str = ""
    """The argument in the source, where it is a plain expression of its own: ``y_train``."""
    minimum: Optional[float] = None
    maximum: Optional[float] = None
    """Of its values; None where they are not known or not numbers."""
    integral: bool = False
    """Whether all its values are whole numbers, whatever the dtype."""
    one_hot: bool = False
    """Whether each row has one value of one and zeros else."""


@dataclass(frozen=True)
class Comparison:
    """A loss that was called with a target and an output, as symbolic tensors of one batch."""

    loss: str
    """Its name in Keras: ``categorical_crossentropy``, ``mean_squared_error``; that of a function of the program."""
    target: TensorSpec
    output: TensorSpec
    output_name: str = ""
    from_logits: Optional[bool] = None
    sparse: bool = False
    """Whether it takes class numbers."""
    own: bool = False
    """Whether it is code of the program."""


@dataclass(frozen=True)
class Training:
    """A call of ``fit``, ``evaluate``, ``predict``, ``train_on_batch`` or their kin."""

    location: Location
    """The call."""
    method: str
    model: str
    """Keras' name of the model."""
    compiled: Optional[Location] = None
    """The call of ``compile`` that the losses come from."""
    given: Tuple[Given, ...] = ()
    comparisons: Tuple[Comparison, ...] = ()
    """Each different one once, in order; the last may be the one that failed."""
    inputs: Optional[Structure] = None
    """What the model declares or was called with, where it is known."""
    outputs: Optional[Structure] = None
    via: Tuple[Location, ...] = ()
    """Calls in the user's files that led here, outermost first."""
