"""Environment variables that are not handed to evaluations, because they hold secrets or lead to helpers of the user.

Pure, and imported by the server too.
"""

from __future__ import annotations

import re
from typing import Dict, Mapping

_SECRET_WORD = re.compile(
    r"(TOKEN|SECRETS?|PASSWORD|PASSWORDS|PASSWD|PASSPHRASE|PASSFILE|CREDENTIALS?|APIKEY|ACCESSKEY|PRIVATEKEY)$"
    r"|^(PASS|PW|PWD|PSWD|AUTH|OAUTH|COOKIE|KEY|KEYFILE|DSN|WEBHOOK|PAT|JWT|BEARER|SSHPASS|KUBECONFIG|NETRC)$"
)
"""One word of a name; words end at anything that is no letter and no digit."""

_COUNTING_WORDS = frozenset("MAX MIN NUM N COUNT LENGTH LEN LIMIT SIZE ID IDS TYPE INDEX".split())
"""Beside these TOKEN means a piece of text: MAX_TOKEN_LENGTH."""

_PREFIXES = (
    "AWS_",
    "AZURE_",
    "GITHUB_",
    "GITLAB_",
    "GH_",
    "SSH_",
    "GPG_",
    "VAULT_",
    "TWINE_",
    "GIT_ASKPASS",
    "VSCODE_GIT_",
    "VSCODE_IPC_",
)
_NAMES = frozenset(
    "GOOGLE_APPLICATION_CREDENTIALS KRB5CCNAME XAUTHORITY DBUS_SESSION_BUS_ADDRESS DATABASE_URL REDIS_URL MONGODB_URI "
    "MONGO_URL SUDO_ASKPASS CONNECTION_STRING DOCKER_AUTH_CONFIG DOCKER_CONFIG WAYLAND_SOCKET".split()
)
_INNOCENT = frozenset(("PWD", "OLDPWD"))

_SECRET_VALUE = re.compile(
    r"://[^/\s:@]*:[^/\s@]+@"  # user and password in an address
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\b(gh[pousr]_|github_pat_|glpat-|hf_|xox[abprs]-|sk-|npm_|pypi-)[A-Za-z0-9_-]{16,}"
    r"|\b(AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."
)


def scrubbed_environment(environ: Mapping[str, str]) -> Dict[str, str]:
    """Return the variables whose names and values do not look like secrets."""
    return {name: value for name, value in environ.items() if not looks_secret(name, value)}


def looks_secret(name: str, value: str = "") -> bool:
    """Tell whether a variable looks as if it held a secret; in doubt it does."""
    upper = name.upper()
    if upper in _INNOCENT:
        return False
    if upper in _NAMES or upper.startswith(_PREFIXES) or upper.endswith("_CONNECTION_STRING"):
        return True
    words = [word for word in re.split(r"[^A-Z0-9]+", upper) if word]
    if any(_SECRET_WORD.search(word) for word in words):
        counts = "TOKEN" in words and not _COUNTING_WORDS.isdisjoint(words) and re.fullmatch(r"\s*\d{1,7}\s*", value)
        if not counts:
            return True
    return _SECRET_VALUE.search(value) is not None
