"""What steps tell the rest of the evaluation."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Iterator, List, Tuple

from ..contract import Comparison


class Progress:
    """Counts what bounds a training loop, see ``loops``."""

    def __init__(self, layers_made: Callable[[], int] = lambda: 0) -> None:
        self.layers_made = layers_made
        """Tells how many layers the program made so far."""
        self.metric: Callable[[float], float] = float
        """Makes what stands for a loss or a metric."""
        self.batch: Callable[[Any], None] = lambda spec: None
        """Told the specs of a batch whenever a method of a model begins to go through data."""
        self.compared: Callable[[], Tuple[Comparison, ...]] = tuple
        """Returns what losses compared so far in the call that runs."""
        self.compares: Callable[[Tuple[Comparison, ...]], None] = lambda comparisons: None
        """Told of comparisons that go without being made."""
        self.steps = 0
        """Training, evaluation and prediction steps, gradients and updates so far."""
        self.calls = 0
        """Calls of layers and models with eager tensors that the program made itself."""
        self.values_replaced = False
        """Whether the program holds values that a plain run would have computed, such as predictions."""
        self._models: List[Any] = []

    def step(self) -> None:
        """Count one step."""
        self.steps += 1

    @contextlib.contextmanager
    def of(self, model: Any) -> Iterator[None]:
        """Know the model whose step is traced while that lasts."""
        self.values_replaced = True
        self._models.append(model)
        try:
            yield
        finally:
            self._models.pop()

    def stepping(self, layer: Any) -> bool:
        """Tell whether a layer is the model whose step runs now."""
        return bool(self._models) and self._models[-1] is layer
