"""Variables that look like secrets are not handed on, and those that programs need are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shapelens.worker.sandbox import environment
from shapelens.worker.sandbox.environment import looks_secret, scrubbed_environment


@pytest.mark.parametrize(
    "name",
    """
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_PROFILE AZURE_CLIENT_ID AZURE_STORAGE_CONNECTION_STRING
    GITHUB_TOKEN GITHUB_ACTIONS GH_TOKEN GITLAB_USER_LOGIN CI_JOB_TOKEN GOOGLE_APPLICATION_CREDENTIALS
    HF_TOKEN HUGGING_FACE_HUB_TOKEN HUGGINGFACE_TOKEN WANDB_API_KEY KAGGLE_KEY OPENAI_API_KEY ANTHROPIC_API_KEY
    TF_TOKEN_app_terraform_io DATABASE_URL DB_PASSWORD PGPASSWORD MYSQL_PWD SMTP_PASS SSHPASS PGPASSFILE
    SSH_AUTH_SOCK SSH_AGENT_PID SSH_CONNECTION GPG_AGENT_INFO KRB5CCNAME XAUTHORITY DBUS_SESSION_BUS_ADDRESS
    VSCODE_GIT_IPC_HANDLE VSCODE_IPC_HOOK_CLI GIT_ASKPASS NPM_TOKEN TWINE_USERNAME DJANGO_SECRET_KEY FERNET_KEY
    SENTRY_DSN SLACK_WEBHOOK_URL client_secret my-private-key api.token AUTHTOKEN DOCKER_AUTH_CONFIG VAULT_ADDR
    KUBECONFIG NETRC ACCOUNT_CREDENTIAL SESSION_COOKIE
    """.split(),
)
def test_secrets_are_dropped(name: str) -> None:
    assert scrubbed_environment({name: "x1"}) == {}


@pytest.mark.parametrize(
    "name",
    """
    KERAS_BACKEND KERAS_HOME TF_CPP_MIN_LOG_LEVEL TF_ENABLE_ONEDNN_OPTS TF_FORCE_GPU_ALLOW_GROWTH TF_USE_LEGACY_KERAS
    TF_CONFIG TFHUB_CACHE_DIR XLA_FLAGS JAX_PLATFORMS CUDA_VISIBLE_DEVICES CUDA_HOME LD_LIBRARY_PATH PYTHONPATH
    PYTHONHASHSEED PYTHONHOME VIRTUAL_ENV CONDA_PREFIX PATH HOME USER PWD OLDPWD LANG LC_ALL TMPDIR SHELL TERM
    TOKENIZERS_PARALLELISM OMP_NUM_THREADS MKL_NUM_THREADS MPLBACKEND MPLCONFIGDIR DISPLAY XDG_CACHE_HOME
    NVIDIA_VISIBLE_DEVICES TORCH_HOME HF_HOME HF_HUB_OFFLINE SYSTEMROOT USERPROFILE NUMBER_OF_PROCESSORS APPDATA
    KEYBOARD_LAYOUT MONKEY AUTHOR SECRETARY_NAME COMPASS BYPASS_CHECKS PASSENGERS
    """.split(),
)
def test_ordinary_names_are_kept(name: str) -> None:
    assert scrubbed_environment({name: "value"}) == {name: "value"}


@pytest.mark.parametrize(
    "value",
    [
        "https://user:pass@proxy.example:8080",
        "postgres://:pass@db/base",
        "-----BEGIN RSA PRIVATE KEY-----\nabc",
        "ghp_" + "a1" * 18,
        "use hf_" + "Ab" * 17,
        "AKIA" + "ABCDEFGH" * 2,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
    ],
)
def test_values_that_are_secrets_are_dropped_whatever_their_name(value: str) -> None:
    assert looks_secret("SETTING", value)


@pytest.mark.parametrize(
    "value", ["https://proxy.example:8080", "/home/ann/project", "--xla_cpu_multi_thread_eigen=false", "skin-tone", ""]
)
def test_ordinary_values_are_kept(value: str) -> None:
    assert not looks_secret("SETTING", value)


def test_counts_of_tokens_are_no_secrets() -> None:
    assert not looks_secret("MAX_TOKEN_LENGTH", "512")
    assert looks_secret("MAX_TOKEN_LENGTH", "k3y-m4terial")
    assert looks_secret("TOKEN", "512")


def test_the_given_mapping_is_left_as_it_was() -> None:
    variables = {"HOME": "/home/ann", "API_TOKEN": "x"}
    assert scrubbed_environment(variables) == {"HOME": "/home/ann"}
    assert variables == {"HOME": "/home/ann", "API_TOKEN": "x"}


def test_importing_it_loads_nothing_else_of_the_worker() -> None:
    package = Path(environment.__file__).parents[3]
    code = (
        "import sys; import shapelens.worker.sandbox.environment;"
        "print(sorted(name for name in sys.modules if name.startswith('shapelens.') or name == 'ctypes'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(package)}, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == str(
        ["shapelens.worker", "shapelens.worker.sandbox", "shapelens.worker.sandbox.environment"]
    )
