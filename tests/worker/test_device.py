"""The device of evaluations: a GPU is hidden unless it is asked for, and its memory is taken as it is needed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shapelens.evaluation.analysis import Analysis, Status
from shapelens.evaluation.evaluator import EvaluationRequest, HostKey
from shapelens.worker.contract import Limits, Program
from support.environments import ENVIRONMENTS
from support.evaluation import Evaluations

pytestmark = pytest.mark.slow

WITH_GPU = [environment for environment in ENVIRONMENTS if environment.name in ("keras3-jax", "keras3-torch")]

SEES_GPU = {
    "keras3-jax": "import jax\nassert any(device.platform == 'gpu' for device in jax.devices())\n",
    "keras3-torch": "import torch\nassert torch.cuda.is_available()\n",
}


def evaluate(evaluations: Evaluations, key: HostKey, text: str, folder: Path) -> Analysis:
    program = Program(str(folder / "program.py"), text, str(folder))
    result = evaluations.outcome(EvaluationRequest(key, program, 1, Limits(seconds=60.0)))
    assert isinstance(result, Analysis), str(result)
    return result


@pytest.mark.parametrize(
    ("device", "variables"),
    [
        ("cpu", {"CUDA_VISIBLE_DEVICES": "-1", "JAX_PLATFORMS": "cpu"}),
        ("gpu", {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}),
    ],
)
def test_frameworks_are_told_of_the_device(
    evaluations: Evaluations, tmp_path: Path, device: str, variables: dict[str, str]
) -> None:
    text = "import os\n" + "".join(f"assert os.environ[{name!r}] == {value!r}\n" for name, value in variables.items())
    analysis = evaluate(evaluations, HostKey(Path(sys.executable), device), text, tmp_path)
    assert analysis.status is Status.EVALUATED, analysis.faults
    assert analysis.environment.device == device


@pytest.mark.environments
@pytest.mark.parametrize("environment", WITH_GPU, ids=lambda environment: environment.name)
def test_a_gpu_is_seen_where_it_is_asked_for(evaluations: Evaluations, tmp_path: Path, environment: object) -> None:
    (meant,) = [item for item in WITH_GPU if item is environment]
    if not meant.exists:
        pytest.skip(f"make environment-{meant.name} creates it")
    if not Path("/dev/nvidiactl").exists():
        pytest.skip("this machine has no GPU of NVIDIA")
    text = SEES_GPU[meant.name] + "import keras\nx = keras.layers.Dense(3)(keras.ops.ones((2, 4)))\n"
    analysis = evaluate(evaluations, HostKey(meant.interpreter, "gpu", choice=meant.choice), text, tmp_path)
    assert analysis.status is Status.EVALUATED, analysis.faults
    assert analysis.environment.device == "gpu"
