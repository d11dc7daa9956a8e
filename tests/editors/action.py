"""The steps of action.yml, run as the runner of GitHub Actions runs them: by bash, with inputs as variables."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

BASH = shutil.which("bash")

_INPUT = re.compile(r"^  ([a-z-]+):\n    description: .*\n    default: (.*)$", re.MULTILINE)
_STEP = re.compile(r"^    - name: (.*)\n((?:(?:      .*)?\n?)*?)      run: \|\n((?:        .*\n|\n)+)", re.MULTILINE)
_VARIABLE = re.compile(r"^        (\w+): \$\{\{ (.*?) \}\}$", re.MULTILINE)


@dataclass(frozen=True)
class Step:
    """A step that runs a script."""

    name: str
    script: str
    variables: Mapping[str, str]
    """The expression that each environment variable of the step is set to."""


@dataclass(frozen=True)
class Action:
    """What this reader, which knows YAML only as far as action.yml uses it, makes of the file."""

    defaults: Mapping[str, str]
    steps: tuple[Step, ...]

    def run(
        self, step: Step, workspace: Path, action: Path, environment: Mapping[str, str], **inputs: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a step with some inputs given, their hyphens as underscores, and the others as they are by default."""
        values = {f"inputs.{name}": inputs.get(name.replace("-", "_"), value) for name, value in self.defaults.items()}
        values["github.action_path"] = str(action)
        variables = {name: values[expression] for name, expression in step.variables.items()}
        script = Path(environment["RUNNER_TEMP"]) / "step.sh"
        script.write_text(step.script, encoding="utf-8")
        # The command of `shell: bash`, as the workflow syntax documents it.
        command = [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        return subprocess.run(
            command,
            cwd=workspace,
            env={**environment, **variables},
            capture_output=True,
            encoding="utf-8",
            timeout=110,
            check=False,
        )


def read_action(path: Path) -> Action:
    """Return the defaults of the inputs of an action, and its steps."""
    text = path.read_text(encoding="utf-8")
    inputs = text[text.index("\ninputs:\n") : text.index("\noutputs:\n")]
    defaults = {name: value.strip('"') for name, value in _INPUT.findall(inputs)}
    steps = tuple(
        Step(name, textwrap.dedent(script).rstrip() + "\n", dict(_VARIABLE.findall(head)))
        for name, head, script in _STEP.findall(text)
    )
    return Action(defaults, steps)


def runner_environment(folder: Path) -> dict[str, str]:
    """Return the variables that a runner sets, with its folders below the given one; no environment is activated."""
    temporary = folder / "runner"
    temporary.mkdir()
    kept = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH")}
    return {**kept, "RUNNER_TEMP": str(temporary), "GITHUB_OUTPUT": str(temporary / "output")}
