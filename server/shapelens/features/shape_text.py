"""How shapes are written for people: the one place that renders them."""

from __future__ import annotations

from shapelens.worker.contract import Items, Observation, Structure, TensorSpec


def shape_text(structure: Structure | None) -> str:
    """Return a structure's shapes as Python would print them: ``(None, 10)``, ``[(None, 3), (None, 4)]``.

    An unknown rank is written ``(?)``; nothing known is the empty string.
    """
    if structure is None:
        return ""
    if isinstance(structure, TensorSpec):
        return "(?)" if structure.shape is None else repr(structure.shape)
    if isinstance(structure, Items):
        return "[" + ", ".join(shape_text(item) for item in structure.items) + "]"
    return "{" + ", ".join(f"{key!r}: {shape_text(item)}" for key, item in structure.entries.items()) + "}"


def dtype_text(structure: Structure | None) -> str:
    """Return the dtypes of a structure, each once, in the order of their first appearance."""
    return ", ".join(dict.fromkeys(spec.dtype for spec in leaves(structure)))


def leaves(structure: Structure | None) -> tuple[TensorSpec, ...]:
    """Return the tensors of a structure in order."""
    if structure is None:
        return ()
    if isinstance(structure, TensorSpec):
        return (structure,)
    parts = structure.items if isinstance(structure, Items) else structure.entries.values()
    return tuple(leaf for part in parts for leaf in leaves(part))


def flow_text(observation: Observation) -> str:
    """Return ``(None, 28, 28, 1) → (None, 10)`` for a layer or model that was called, else its output."""
    output = shape_text(observation.output)
    return f"{shape_text(observation.input)} → {output}" if observation.input is not None else output


def count_text(number: int) -> str:
    """Return a number with thousands separated: ``25,636,712``."""
    return f"{number:,}"
