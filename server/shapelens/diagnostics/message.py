"""The essential part of an exception's message, freed of what Keras and TensorFlow wrap around it."""

from __future__ import annotations

import re

_ANSI = re.compile(r"\x1b\[[0-9;]*m")

_KERAS_WRAPPING = re.compile(
    # Keras 3: "Exception encountered when calling Reshape.call()."; Keras 2: "... calling layer "r" (type Reshape)."
    r"Exception encountered when calling [^\n]*?\.\n\n(?P<inner>.*?)"
    r"(?:\n\n(?:Call arguments|Arguments) received by .*)?$",
    re.DOTALL,
)

_INFERENCE = re.compile(
    # keras/src/ops/operation.py, Operation.symbolic_call: what a layer's own call raised
    r"Could not automatically infer the output shape / dtype of .*?Error encountered:\n\n(?P<inner>.*)$",
    re.DOTALL,
)

_AUTOGRAPH = re.compile(r"^\s*in user code:\n", re.DOTALL)
_AUTOGRAPH_ERROR = re.compile(r"^    [\w.]*(?:Error|Exception|Warning|Interrupt|Iteration): ", re.MULTILINE)

_GRAPH = re.compile(r"^Graph execution error:.*?\n(?P<inner>[^\n]+)\n\t ?\[\[\{\{node ", re.DOTALL)

_DEVICE = re.compile(r"^\s*\{\{function_node [^}]*\}\} ?")
_OPERATION = re.compile(r" ?\[Op:\w+\](?: name: ?\S*)?\s*$")
_NODE = re.compile(r" for '\{\{node [^}]*\}\} = .*?\)'(?= with input shapes|\s|$)", re.DOTALL)

_LONGEST = 600
"""Characters of a message; Keras prints whole arrays and tensors into some of them, the detail keeps those."""


def plain(message: str) -> str:
    """Return the message without terminal codes and surrounding blank lines."""
    return _ANSI.sub("", message).strip()


def essence(message: str) -> str:
    """Return the part of a message that says what is wrong, as one paragraph.

    Taken away are: Keras' ``Exception encountered when calling ...`` with its list of arguments and ``Could not
    automatically infer the output shape``, AutoGraph's ``in user code`` with its traceback, TensorFlow's names of
    graph nodes, devices and operations, and every paragraph but the first. ``essence`` of an empty message is empty.
    """
    text = plain(message)
    previous = None
    while text != previous:
        previous = text
        text = _unwrapped(text)
    text = _OPERATION.sub("", _DEVICE.sub("", _NODE.sub("", text)))
    paragraph = " ".join(text.strip().split("\n\n", 1)[0].split())
    return paragraph if len(paragraph) <= _LONGEST else paragraph[: _LONGEST - 3].rstrip() + "..."


def _unwrapped(text: str) -> str:
    if _AUTOGRAPH.match(text):
        raised = list(_AUTOGRAPH_ERROR.finditer(text))
        if raised:
            return re.sub(r"^    |[ \t]+$", "", text[raised[0].end() :], flags=re.MULTILINE).strip()
    for wrapping in (_KERAS_WRAPPING, _INFERENCE, _GRAPH):
        match = wrapping.match(text)
        if match is not None:
            return match["inner"].strip()
    return text
