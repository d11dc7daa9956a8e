"""Analyses made by hand, for tests of what comes after an evaluation."""

from __future__ import annotations

from shapelens.evaluation.analysis import Analysis
from shapelens.source.lines import Lines
from shapelens.worker.contract import (
    Fault,
    Finished,
    Kind,
    Location,
    Observation,
    Outcome,
    Program,
    Ready,
    Role,
    SandboxTier,
    Skip,
    Span,
    Structure,
    TensorSpec,
)

READY = Ready(
    1, "/env/bin/python", "3.11.7", "3.15.1", "tensorflow", "2.21.0", "cpu", SandboxTier.STRICT, "Landlock", 1.5
)


class Source:
    """A file whose places are named by pieces of its text."""

    def __init__(self, text: str, path: str = "/project/model.py") -> None:
        self.text = text
        self.path = path

    def span(self, piece: str, occurrence: int = 1) -> Span:
        """Return the span of the n-th time that a piece of text occurs."""
        offset = -1
        for _ in range(occurrence):
            offset = self.text.index(piece, offset + 1)
        start, end = self._position(offset), self._position(offset + len(piece))
        return Span(*start, *end)

    def place(self, piece: str, occurrence: int = 1) -> Location:
        """Return the place of a piece of text."""
        return Location(self.path, self.span(piece, occurrence))

    def _position(self, offset: int) -> tuple[int, int]:
        before = Lines(self.text[:offset])
        last = len(before) - 1
        return last, len(before[last])

    def tensor(
        self, piece: str, shape: tuple[int | None, ...] | None, name: str = "x", occurrence: int = 1
    ) -> Observation:
        """Return a tensor that a statement makes."""
        spec = TensorSpec(shape, "float32")
        place = self.place(piece, occurrence)
        return Observation(place, Kind.TENSOR, Role.STATEMENT, "Call", name, "KerasTensor", output=spec)

    def layer(
        self,
        piece: str,
        type_name: str,
        output: Structure | None,
        *,
        input: Structure | None = None,
        kind: Kind = Kind.LAYER,
        parameters: int | None = None,
        in_place: bool = False,
    ) -> Observation:
        """Return a layer that an expression in a list creates."""
        return Observation(
            self.place(piece),
            kind,
            Role.ELEMENT if kind is Kind.LAYER else Role.STATEMENT,
            "Call",
            type_name.lower(),
            type_name,
            layer_name=type_name.lower(),
            output=output,
            input=input,
            parameters=parameters,
            trainable_parameters=parameters,
            created=True,
            built_in_place=in_place,
        )

    def analysis(
        self,
        observations: tuple[Observation, ...] = (),
        faults: tuple[Fault, ...] = (),
        skips: tuple[Skip, ...] = (),
        finished: Finished | None = None,
    ) -> Analysis:
        """Return a finished analysis of this file."""
        program = Program(self.path, self.text, "/project")
        ended = finished or Finished(1, Outcome.COMPLETED, 0.0123)
        return Analysis(program, None, READY, observations, faults, skips, ended)


def spec(*shape: int | None) -> TensorSpec:
    """Return a float32 tensor's shape."""
    return TensorSpec(shape, "float32")
