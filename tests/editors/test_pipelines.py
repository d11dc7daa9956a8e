"""The GitHub Action and the pre-commit hook as they are installed and run for somebody else's repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from editors.action import read_action, runner_environment

TOOLS = Path(os.environ.get("SHAPELENS_PIPELINES", "absent"), "bin")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not TOOLS.is_dir(), reason="installs packages; make pipelines runs it, with pre-commit"),
]


@pytest.fixture
def source(tmp_path: Path, repository: Path) -> Path:
    """Return a repository of what a wheel of ShapeLens is made of, as the hook and the action get it."""
    folder = tmp_path / "shapelens"
    folder.mkdir()
    for name in ("README.md", "LICENSE", "pyproject.toml", "requirements.lock", "action.yml", ".pre-commit-hooks.yaml"):
        shutil.copy(repository / name, folder)
    shutil.copytree(repository / "server", folder / "server", ignore=shutil.ignore_patterns("__pycache__"))
    git(folder, "init")
    git(folder, "add", "--all")
    git(folder, "commit", "--message", "Everything")
    git(folder, "tag", "v1")
    return folder


@pytest.fixture
def workspace(tmp_path: Path, repository: Path) -> Path:
    """Return a repository with one program that breaks and one that does not."""
    folder = tmp_path / "workspace"
    shutil.copytree(repository / "fixtures" / "workspaces" / "tour", folder)
    git(folder, "init")
    git(folder, "add", "--all")
    return folder


def git(folder: Path, *arguments: str) -> None:
    """Run git as somebody."""
    name = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *name, *arguments], cwd=folder, capture_output=True, check=True)


def test_the_action_installs_and_annotates(tmp_path: Path, source: Path, workspace: Path) -> None:
    action = read_action(source / "action.yml")
    environment = runner_environment(tmp_path)
    install, check = action.steps
    done = action.run(install, workspace, source, environment, python=sys.executable)
    assert done.returncode == 0, done.stdout + done.stderr
    done = action.run(check, workspace, source, environment, python=sys.executable)
    assert done.returncode == 1, done.stderr
    assert "::error file=forecast.py,line=13," in done.stdout
    assert Path(environment["GITHUB_OUTPUT"]).read_text(encoding="utf-8") == "exit-code=1\n"


def from_yaml(text: str) -> Any:
    """Return what a text in YAML says."""
    program = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    done = subprocess.run(
        [TOOLS / "python", "-c", program], input=text, capture_output=True, encoding="utf-8", check=True
    )
    return json.loads(done.stdout)


def test_the_action_is_read_here_as_yaml_is(repository: Path) -> None:
    loaded = from_yaml((repository / "action.yml").read_text(encoding="utf-8"))
    action = read_action(repository / "action.yml")
    assert {name: item["default"] for name, item in loaded["inputs"].items()} == action.defaults
    steps = loaded["runs"]["steps"]
    assert loaded["runs"]["using"] == "composite" and {step["shell"] for step in steps} == {"bash"}
    assert [(step["name"], step["run"]) for step in steps] == [(step.name, step.script) for step in action.steps]
    assert [step["env"] for step in steps] == [
        {name: f"${{{{ {expression} }}}}" for name, expression in step.variables.items()} for step in action.steps
    ]


def test_the_documentation_names_inputs_and_hooks_that_there_are(repository: Path) -> None:
    text = (repository / "README.md").read_text(encoding="utf-8")
    step, job, hooks = [
        from_yaml(block) for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    ]
    inputs = from_yaml((repository / "action.yml").read_text(encoding="utf-8"))["inputs"]
    own = [item for item in (*step, *job["steps"]) if "shapelens" in item["uses"]]
    assert len(own) == 2 and all(item["with"].keys() <= inputs.keys() for item in own)
    for name, item in inputs.items():
        assert re.search(
            rf"^\| `{name}` \| {re.escape('`' + item['default'] + '` ' if item['default'] else '')}\|", text, re.M
        )
    (known,) = from_yaml((repository / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks["repos"][0]["hooks"]] == [known["id"]]


def test_the_hook_fails_where_shapes_break_and_passes_elsewhere(tmp_path: Path, source: Path, workspace: Path) -> None:
    config = workspace / ".pre-commit-config.yaml"
    config.write_text(
        f"repos:\n- repo: {source}\n  rev: v1\n  hooks:\n  - id: shapelens\n    args: [--python, {sys.executable}]\n",
        encoding="utf-8",
    )
    git(workspace, "add", "--all")
    environment = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "CONDA_PREFIX")}
    environment["PRE_COMMIT_HOME"] = str(tmp_path / "hooks")

    def run(*files: str) -> subprocess.CompletedProcess[str]:
        command = [str(TOOLS / "pre-commit"), "run", "shapelens", "--color", "never", "--files", *files]
        return subprocess.run(
            command, cwd=workspace, env=environment, capture_output=True, encoding="utf-8", check=False
        )

    subprocess.run([TOOLS / "pre-commit", "validate-manifest", source / ".pre-commit-hooks.yaml"], check=True)
    done = run("forecast.py", "digits.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "exit code: 1" in done.stdout and "error[layer-rank-mismatch]" in done.stdout
    done = run("digits.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout
