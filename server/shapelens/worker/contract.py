r"""What server and worker say to each other: frozen dataclasses, sent as JSON (see codec).

Both sides import this module, and its parts only through it. It runs in the interpreter of the user (Python 3.9 or
newer) as well as in the server's, so it uses nothing but the standard library and no newer syntax.

Positions are zero-based lines and columns counted in Unicode code points. Lines end at ``\n``, ``\r\n``
or ``\r`` and nowhere else, as both Python's tokenizer and the Language Server Protocol have it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Optional, Tuple, Union

from .contract_graphs import Computation as Computation
from .contract_graphs import GraphEdge as GraphEdge
from .contract_graphs import GraphNode as GraphNode
from .contract_graphs import ModelGraph as ModelGraph
from .contract_graphs import NodeKind as NodeKind
from .contract_training import Comparison as Comparison
from .contract_training import Given as Given
from .contract_training import Training as Training
from .contract_values import Entries as Entries
from .contract_values import Items as Items
from .contract_values import Location as Location
from .contract_values import Span as Span
from .contract_values import Structure as Structure
from .contract_values import TensorSpec as TensorSpec

PROTOCOL_VERSION = 3

OLDEST_PYTHON = (3, 9)
"""The oldest interpreter a worker starts in; TensorFlow 2.16, the first with Keras 3, needs it too."""

# --- values ---------------------------------------------------------------------------------------------------


class Kind(str, enum.Enum):
    """What an observed value is."""

    TENSOR = "tensor"
    LAYER = "layer"
    MODEL = "model"
    DATASET = "dataset"


class Role(str, enum.Enum):
    """Where an observed expression stands in its statement."""

    STATEMENT = "statement"  # the whole value of an assignment, a return or an expression statement
    ELEMENT = "element"  # in a list, tuple, set, dictionary or comprehension
    ARGUMENT = "argument"  # of a call
    CALLEE = "callee"  # called, subscripted or asked for an attribute
    OPERAND = "operand"  # everything else
    INSIDE = "inside"  # no value of the expression, but a layer that a library made or called within it


@dataclass(frozen=True)
class Observation:
    """A value that was seen at a place.

    ``output`` is the structure of a tensor, of the elements of a dataset, or of what a layer or model
    returned when it was called; ``input`` is what it was called with. Both are None for a layer that
    was never called. Several values seen at one place are several observations, told apart by ``via``.
    """

    location: Location
    kind: Kind
    role: Role
    node: str
    """Name of the expression's class in ``ast``: Call, Name, BinOp, ..."""
    name: str
    """The variable it is assigned to, else the layer's own name, else the text of the expression."""
    type_name: str
    """The class of the value, such as Conv2D, KerasTensor or ndarray."""
    layer_name: str = ""
    """The name Keras gave a layer or model: ``dense_1``; empty for anything else."""
    output: Optional[Structure] = None
    input: Optional[Structure] = None
    parameters: Optional[int] = None
    trainable_parameters: Optional[int] = None
    created: bool = False
    """True where the expression made this layer or model, rather than mentioning it."""
    built_in_place: bool = False
    """True where the layer is called by the very call expression around it: ``Dense(3)(x)``."""
    target: Optional[Span] = None
    """The span of the variable's name where the value is assigned to one."""
    via: Tuple[Location, ...] = ()
    """Calls in the user's files that led here, outermost first; empty at the top level of the program."""
    count: int = 1
    """How many times this same value was seen here."""
    key: int = 0
    """Number of this observation within its evaluation; a later one with the same key replaces it."""
    assumed: str = ""
    """What a stand-in took for granted to get here, in one sentence; empty where a plain run has the same."""


@dataclass(frozen=True)
class Frame:
    """One call on the way to a fault: the expression that called, and the function it stands in."""

    location: Location
    function: str


@dataclass(frozen=True)
class Fault:
    """An exception at an expression."""

    location: Location
    exception: str
    """The class's name, with its module unless that is ``builtins``."""
    message: str
    frames: Tuple[Frame, ...] = ()
    """Calls in the user's files that led to the expression, outermost first, without the expression."""
    origin: str = ""
    """Top-level name of the library that raised, such as keras or numpy; empty for the user's own code."""
    layer: Optional[str] = None
    """Class of the innermost Keras layer whose call failed."""
    layer_name: Optional[str] = None
    input: Optional[Structure] = None
    """What that layer was called with."""
    handled: bool = False
    """True where the program itself catches the exception."""


class SkipReason(str, enum.Enum):
    """Why a statement has no result."""

    UNKNOWN_NAME = "unknown-name"
    """A name that nothing defines."""
    DEPENDS_ON_UNKNOWN = "depends-on-unknown"
    """A name whose own statement failed or was skipped."""
    MISSING_PACKAGE = "missing-package"
    MISSING_FILE = "missing-file"
    FORBIDDEN = "forbidden"
    """The sandbox refused: writing, starting programs, the network."""
    EXITED = "exited"
    """The program ends itself here: ``sys.exit()``."""
    HIDDEN_MODULE = "hidden-module"
    """A file beside the program hides a module that libraries use."""
    UNAVAILABLE = "unavailable"
    """Something outside the program is absent: an environment variable, standard input."""
    NETWORK = "network"
    """It would be downloaded, or asked of another machine."""
    REPLACED_VALUES = "replaced-values"
    """Its shape depends on values that a stand-in does not have, such as the results of training."""


@dataclass(frozen=True)
class Skip:
    """A statement that was not evaluated, or not to its end, and why."""

    location: Location
    reason: SkipReason
    message: str
    """One sentence for the user."""
    name: str = ""
    """The unknown name or missing package."""
    origin: Optional[Location] = None
    """The statement that left the name unknown."""


class Budget(str, enum.Enum):
    """What an evaluation may use up."""

    SECONDS = "seconds"
    MEMORY = "memory"
    PROCESSES = "processes"
    OBSERVATIONS = "observations"
    OUTPUT = "output"


@dataclass(frozen=True)
class Limits:
    """How much an evaluation may use; reaching one ends it with what is known so far."""

    seconds: float = 10.0
    memory_mb: int = 2048
    """Growth of resident memory over the host's."""
    processes: int = 64
    observations: int = 20_000
    output_mb: int = 64
    """Bytes of messages from the child; what the program prints is not counted, it is thrown away."""


class Outcome(str, enum.Enum):
    """How an evaluation ended."""

    COMPLETED = "completed"
    UNPARSABLE = "unparsable"
    OVER_BUDGET = "over-budget"
    CRASHED = "crashed"  # killed by a signal it raised itself
    EXITED = "exited"  # left through os._exit or closed its channel
    CANCELLED = "cancelled"


# --- server to host -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SourceText:
    """Text of a file that an editor holds, newer than the disk's."""

    path: str
    text: str


@dataclass(frozen=True)
class GivenShape:
    """What a comment says of a name that the program leaves without a value."""

    name: str
    spec: Structure
    location: Location
    scope: Optional[Span] = None
    """The function whose name it is; None for a name of the module."""


@dataclass(frozen=True)
class ExtraCall:
    """A call that the program does not make itself, evaluated after its last statement."""

    expression: str
    location: Location
    """Where the call is shown: a comment, or the function's own name."""
    given: Tuple[GivenShape, ...] = ()
    certain: bool = True
    """False where it is not sure that anyone makes such a call: then an exception proves nothing."""


@dataclass(frozen=True)
class Program:
    """What is evaluated: one file's text, run as ``__main__``."""

    path: str
    text: str
    directory: str
    """Working folder of the program; it and the file's own folder may be read."""
    modules: Tuple[SourceText, ...] = ()
    arguments: Tuple[str, ...] = ()
    notebook: bool = False
    """Whether the text is made of a notebook's cells: no ``__file__``, but ``display`` and ``get_ipython``."""
    search_path: Tuple[str, ...] = ()
    """Folders beside the file's own where its project keeps modules, such as ``src``."""
    calls: Tuple[ExtraCall, ...] = ()
    given: Tuple[GivenShape, ...] = ()
    package: str = ""
    """Of a file that is run as ``python -m package.module``; then ``search_path`` begins with the package's folder."""


@dataclass(frozen=True)
class Evaluate:
    """Start an evaluation; its events carry the same number."""

    evaluation: int
    program: Program
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Cancel:
    """Stop an evaluation; it answers with Finished."""

    evaluation: int


@dataclass(frozen=True)
class Shutdown:
    """Stop every evaluation and leave."""


# --- host to server -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Starting:
    """The host is on its way; stage is a phrase such as ``importing tensorflow``."""

    stage: str


class SandboxTier(str, enum.Enum):
    """How well evaluations are locked in."""

    STRICT = "strict"
    BASIC = "basic"
    OFF = "off"


@dataclass(frozen=True)
class Ready:
    """The handshake: the host is warm and takes evaluations."""

    protocol: int
    executable: str
    python: str
    keras: str
    backend: str
    tensorflow: Optional[str]
    device: str
    sandbox: SandboxTier
    sandbox_detail: str
    """What is in force, in words: ``Landlock ABI 7, seccomp``."""
    import_seconds: float
    reusable: bool = True
    """False where there is no safe fork: the host is itself the child of one evaluation, and leaves after it."""


@dataclass(frozen=True)
class Failed:
    """The host cannot work in this interpreter."""

    problem: str
    """One sentence: what is wrong."""
    advice: str
    """One sentence: what to do."""


@dataclass(frozen=True)
class Observed:
    """Values seen since the last such message."""

    evaluation: int
    observations: Tuple[Observation, ...]


@dataclass(frozen=True)
class Faulted:
    """An exception."""

    evaluation: int
    fault: Fault


@dataclass(frozen=True)
class Skipped:
    """A statement without result."""

    evaluation: int
    skip: Skip


@dataclass(frozen=True)
class Trained:
    """A call of ``fit`` or its kin, whether it succeeded or not."""

    evaluation: int
    training: Training


@dataclass(frozen=True)
class Graphed:
    """The models of the program, once it has run."""

    evaluation: int
    graphs: Tuple[ModelGraph, ...]
    cut: str = ""
    """What was left out, in one sentence."""


@dataclass(frozen=True)
class Finished:
    """The last message of an evaluation; every one ends with exactly one."""

    evaluation: int
    outcome: Outcome
    seconds: float
    detail: str = ""
    """One sentence where the outcome is not COMPLETED: which budget, which signal."""
    budget: Optional[Budget] = None
    location: Optional[Location] = None
    """The statement that was being evaluated when it ended early."""
    peak_memory_mb: float = 0.0
    """Most resident memory above the host's that was seen."""
    wanted: Tuple[str, ...] = ()
    """What the program chose before its first import and the host has not: ``KERAS_BACKEND=jax``, ``tf_keras``."""


Request = Union[Evaluate, Cancel, Shutdown]
Event = Union[Observed, Faulted, Skipped, Trained, Graphed, Finished]
Reply = Union[Starting, Ready, Failed, Observed, Faulted, Skipped, Trained, Graphed, Finished]
