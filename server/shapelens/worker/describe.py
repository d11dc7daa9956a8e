"""Turns values into what the contract says of them: kind, shape and dtype."""

from __future__ import annotations

import operator
import sys
from itertools import islice
from typing import Any, Dict, Iterable, Mapping, Optional, Tuple

from .backends.torch import watch_inference
from .contract import Entries, Items, Kind, Structure, TensorSpec
from .generations import Generation, Graph, keras_backend, loaded_generations
from .trial_sizes import TrialSizes, untried

LARGEST_NEST = 256
"""Members in all; a larger list is data, not a nest of tensors that a layer passes around."""


_PLAIN = frozenset((int, float, str, bytes, bool, type(None)))

_TELLING = 8
"""Members that tell data from a nest of tensors; loops that fill a list have it looked at each time round."""


def _is_data(kind: Any, value: Any) -> bool:
    size = kind.__len__(value)
    if size <= _TELLING:
        return False
    return size > LARGEST_NEST or _PLAIN.issuperset(map(type, kind.__getitem__(value, slice(_TELLING))))


def _is_table(value: Any) -> bool:
    """Tell whether a dictionary holds data, as the numbers of words do."""
    size = dict.__len__(value)
    if size <= _TELLING:
        return False
    return size > LARGEST_NEST or _PLAIN.issuperset(map(type, islice(dict.values(value), _TELLING)))


class _Visits:
    """How many members of a nest may still be looked at."""

    def __init__(self) -> None:
        self._left = LARGEST_NEST

    def exhausted(self) -> bool:
        """Count one more member; tell whether there were too many."""
        self._left -= 1
        return self._left < 0


class Describer:
    """Knows the classes of the frameworks that are loaded; asks about classes once each."""

    def __init__(self) -> None:
        generations = loaded_generations()
        self._generations = generations
        self._layers = tuple(generation.layer for generation in generations)
        self._models = tuple(generation.model for generation in generations)
        self.symbolic = tuple(generation.tensors[0] for generation in generations)
        """The classes of Keras' symbolic tensors."""
        self._tensors: Tuple[type, ...] = tuple(kind for generation in generations for kind in generation.tensors)
        self.trial = TrialSizes()
        if keras_backend() == "torch":
            watch_inference(self.trial)
        self._datasets: Tuple[type, ...] = ()
        self._kinds: Dict[int, Tuple[type, Optional[Kind]]] = {}
        numpy = sys.modules.get("numpy")
        if numpy is not None:
            self._tensors += (numpy.ndarray,)
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is not None:
            self._tensors += (
                tensorflow.Tensor,
                tensorflow.Variable,
                tensorflow.SparseTensor,
                tensorflow.RaggedTensor,
            )
            self._datasets += (tensorflow.data.Dataset,)
        torch = sys.modules.get("torch")
        self._tried: Tuple[type, ...] = ()
        if torch is not None:
            self._tensors += (torch.Tensor,)
            self._tried = (torch.Tensor,)
        jax = sys.modules.get("jax")
        if jax is not None:
            # Within functions that JAX transforms, arrays are tracers.
            self._tensors += (jax.Array, jax.core.Tracer)

    def kind(self, value_type: type) -> Optional[Kind]:
        """Return what values of a class are, or None where no shape is to be had from them."""
        # Keyed by identity: a metaclass may make its classes unhashable.
        known = self._kinds.get(id(value_type))
        if known is None:
            known = self._kinds[id(value_type)] = (value_type, self._classify(value_type))
        return known[1]

    def _classify(self, value_type: type) -> Optional[Kind]:
        for kind, classes in (
            (Kind.MODEL, self._models),
            (Kind.LAYER, self._layers),
            (Kind.TENSOR, self._tensors),
            (Kind.DATASET, self._datasets),
        ):
            try:
                if issubclass(value_type, classes):
                    return kind
            except Exception:  # the abstract classes among these hash the class, which may refuse
                return None
        return None

    def graph(self, model: Any) -> Optional[Graph]:
        """Return the graph that a model was declared with; None for one without a graph."""
        for generation in self._generations:
            if isinstance(model, generation.model):
                return generation.graph(model)
        return None

    def generation(self, value: Any) -> Optional[Generation]:
        """Return the Keras that a layer or symbolic tensor belongs to."""
        for generation in self._generations:
            if issubclass(type(value), (generation.layer, generation.tensors[0])):
                return generation
        return None

    def structure(self, value: Any) -> Optional[Structure]:
        """Return the tensors in a value, nested as they are, or None where there is none."""
        return self._structure(value, _Visits())

    def _structure(self, value: Any, visits: _Visits) -> Optional[Structure]:
        kind = self.kind(type(value))
        if kind is Kind.TENSOR:
            spec = tensor_spec(value)
            if not self.trial.active:
                return spec
            # A model that is built on the way is built for the size that is tried.
            return self.trial.seen(spec) if isinstance(value, self._tried) else untried(spec)
        if kind is not None:
            return None
        # The built-in methods are called, not those of a subclass: this must not run code of the program.
        if isinstance(value, tuple):
            return None if _is_data(tuple, value) else self._items(tuple.__iter__(value), visits)
        if isinstance(value, list):
            return None if _is_data(list, value) else self._items(list.__iter__(value), visits)
        if isinstance(value, dict):
            return None if _is_table(value) else self._entries(dict.items(value), visits)
        return None

    def _items(self, values: Iterable[Any], visits: _Visits) -> Optional[Structure]:
        parts = []
        for item in values:
            if visits.exhausted():
                return None
            part = self._structure(item, visits)
            if part is not None:
                parts.append(part)
        return Items(tuple(parts)) if parts else None

    def _entries(self, pairs: Iterable[Tuple[Any, Any]], visits: _Visits) -> Optional[Structure]:
        parts = {}
        for key, item in pairs:
            if visits.exhausted():
                return None
            part = self._structure(item, visits)
            if part is not None:
                parts[str(key)] = part
        return Entries(parts) if parts else None

    def dataset(self, value: Any) -> Optional[Structure]:
        """Return the structure of a dataset's elements."""
        return _element_structure(value.element_spec)

    def call(self, arguments: Tuple[Any, ...], keywords: Mapping[str, Any]) -> Optional[Structure]:
        """Return what a layer was called with: one structure, or all of them in the order of the call."""
        parts = [self.structure(item) for item in (*arguments, *keywords.values())]
        known = tuple(part for part in parts if part is not None)
        if len(known) == 1:
            return known[0]
        return Items(known) if known else None


def tensor_spec(value: Any) -> TensorSpec:
    """Return shape and dtype of a tensor, array or variable of any framework."""
    return TensorSpec(_dimensions(value.shape), _dtype_name(value.dtype))


def _dimensions(shape: Any) -> Optional[Tuple[Optional[int], ...]]:
    # tf.TensorShape of unknown rank has a length of nothing and raises when it is iterated.
    if shape is None or getattr(shape, "rank", 0) is None:
        return None
    return tuple(_size(size) for size in shape)


def _size(size: Any) -> Optional[int]:
    # TensorFlow 1 has objects here, whose value may be None.
    size = getattr(size, "value", size)
    try:
        # JAX has expressions of an unknown size, which have no number.
        return None if size is None else operator.index(size)
    except Exception:
        return None


def _dtype_name(dtype: Any) -> str:
    name = getattr(dtype, "name", None)
    return name if isinstance(name, str) else str(dtype).replace("torch.", "")


def _element_structure(spec: Any) -> Optional[Structure]:
    if isinstance(spec, (tuple, list)):
        parts = tuple(part for part in map(_element_structure, spec) if part is not None)
        return Items(parts) if parts else None
    if isinstance(spec, Mapping):
        entries = {str(key): _element_structure(item) for key, item in spec.items()}
        return Entries({key: part for key, part in entries.items() if part is not None})
    if hasattr(spec, "shape") and hasattr(spec, "dtype"):
        return tensor_spec(spec)
    return None
