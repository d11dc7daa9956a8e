"""``operation-shape-mismatch``: an operation on tensors or arrays whose shapes do not fit each other."""

from __future__ import annotations

from shapelens.diagnostics.explaining.operation import operation
from shapelens.diagnostics.model import Severity
from shapelens.diagnostics.rule import Documentation, FaultRule, patterns

RULE = FaultRule(
    code="operation-shape-mismatch",
    severity=Severity.ERROR,
    documentation=Documentation(
        what="""\
`matmul`, `einsum`, arithmetic, `concat`, `stack`, indexing or another operation got shapes that it cannot
combine.""",
        why="""\
`a @ b` sums over the last axis of a and the last but one of b, which must be equal. Arithmetic broadcasts: axes
are compared from the last one on and must be equal or 1. Joining arrays needs equal shapes but for the joined
axis.""",
        example="""scores = tf.matmul(query, key)  # (8, 20, 64) and (8, 20, 64)""",
        instead="""scores = tf.matmul(query, key, transpose_b=True)  # (8, 20, 20)""",
        keras="""\
TensorFlow raises `InvalidArgumentError: Matrix size-incompatible: In[0]: [8,20,64], In[1]: [8,20,64]`; on
symbolic tensors Keras raises `ValueError: Inner dimensions (x1.shape[-1] and x2.shape[-2]) must be equal`.
`keras.ops.einsum` and `keras.ops.tensordot` check nothing while tensors are symbolic and fail when the model
first runs.""",
        message="""\
`query` (8, 20, 64) @ `key` (8, 20, 64) needs 64, not 20, on axis 1 of the second. Its
transpose would fit.""",
    ),
    explain=operation,
    patterns=patterns(
        # keras/src/ops/operation_utils.py and numpy.py
        r"Cannot broadcast shape, the failure dim has value",
        r"Inner dimensions \(`x1\.shape\[-1\]` and `x2\.shape\[-2\]`\) must be equal",
        r"Shape must match on the last axis of `x1`",
        r"Every value in `xs?` must have the same shape",
        r"Cannot squeeze axis -?\d+, because the dimension is not 1",
        r"axis must be a list of the same length as the input shape",
        r"size on given `axis` must be divisible by `indices_or_sections`",
        r"Array has shape .+ but slice has to+ many indices",
        # TensorFlow
        r"Matrix size-incompatible: In\[0\]",
        r"^Incompatible shapes: \[.*\] vs\. \[",
        r"Dimensions must be equal, but are \S+ and \S+",
        r"Dimension \S+ in both shapes must be equal",
        r"Ranks of all input tensors should match: shape\[0\]",
        r"Shapes of all inputs must match: values\[0\]",
        r"In\[0\] and In\[1\] must have compatible batch dimensions",
        r"Expected input \d+ to have rank \d+ but got",
        r"Expected dimension \S+ at axis \d+ of the input shaped",
        r"must be broadcastable$",
        r"Can ?not squeeze dim\[\d+\], expected a dimension of 1",
        r"transpose expects a vector of size",
        r"Number of ways to split should evenly divide the split dimension",
        r"Index out of range using input dim \d+; input has only \d+ dims",
        r"slice index -?\d+ of dimension \d+ out of bounds",
        r"Tried to expand dim index -?\d+ for tensor with",
        r"Invalid reduction dimension \(?-?\d+ for input with \d+ dimension",
        r"Shape must be (?:at least |at most )?rank \d+ but is rank \d+",
        # NumPy
        r"operands could not be broadcast together with",
        r"^matmul: Input operand \d+ ",
        r"^shapes \(.*\) and \(.*\) not aligned",
        r"all the input array dimensions except for the concatenation axis must match exactly",
        r"all the input arrays must have same number of dimensions",
        r"all input arrays must have the same shape",
        r"cannot select an axis to squeeze out which has size not equal to one",
        r"axes don't match array",
        r"array split does not result in an equal division",
        r"too many indices for array",
        r"^index -?\d+ is out of bounds for axis \d+ with size \d+",
        # JAX
        r"got incompatible shapes for broadcasting",
        r"dot_general requires contracting dimensions to have the same shape",
        r"Cannot concatenate arrays with shapes that differ in dimensions other than",
        r"Incompatible shapes for broadcasting: shapes=",
        r"Einstein sum subscript '.*' does not contain the correct number of indices for operand",
        r"Size of label '.' for operand \d+ \(\d+\) does not match previous terms",
        r"All input arrays must have the same shape\. Got",
        # PyTorch
        r"mat1 and mat2 shapes cannot be multiplied",
        r"The size of tensor a \(\d+\) must match the size of tensor b \(\d+\)",
        r"Sizes of tensors must match except in dimension",
        r"stack expects each tensor to be equal size",
        r"einsum\(\): ",
    ),
)
