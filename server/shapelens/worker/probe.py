"""Says which Python this is and which frameworks are installed, without importing any of them.

Run as a script in an interpreter of which nothing is known yet. It keeps to what every Python since 2.7
understands, so that one which is too old can still say so, and it writes one line: the mark, then JSON with
``executable``, ``python``, ``packages`` (pairs of name and version) and ``watched`` (pairs of a folder whose
content decides the answer and its modification time).
"""

import sys

if sys.path and sys.path[0] == __file__.rpartition("/" if "/" in __file__ else "\\")[0]:
    # The folder of this script holds modules of ours, which must not be taken for those of the standard library.
    del sys.path[0]

import json
import os

MARK = "shapelens-probe:"

DISTRIBUTIONS = {
    "keras": ["keras", "keras-nightly"],
    "tensorflow": [
        "tensorflow",
        "tensorflow-cpu",
        "tensorflow-intel",
        "tensorflow-macos",
        "tensorflow-rocm",
        "tf-nightly",
        "tf-nightly-cpu",
        "tf-nightly-intel",
    ],
    "tf_keras": ["tf_keras", "tf-keras-nightly"],
    "jax": ["jax"],
    "torch": ["torch"],
    "numpy": ["numpy"],
}
"""The importable packages that matter, each with the distributions that may bring it, usual ones first."""


def installed_packages():  # type: () -> list[list[str]]
    """Return pairs of distribution and version; the version is empty where only the package itself is found."""
    try:
        from importlib import metadata, util
    except ImportError:  # older than 3.8, too old anyway
        return []
    found = []
    for module, distributions in DISTRIBUTIONS.items():
        for distribution in distributions:
            try:
                version = metadata.version(distribution)
            except Exception:  # metadata.PackageNotFoundError, or whatever broken metadata leads to
                continue
            if version:
                found.append([distribution, version])
                break
        else:
            try:
                spec = util.find_spec(module)
            except Exception:
                spec = None
            # Without an origin it is a mere folder, such as an uninstalled package leaves behind.
            if spec is not None and spec.origin is not None:
                found.append([module, ""])
    return found


def watched_folders():  # type: () -> list[tuple[str, float | None]]
    """Return the folders that pip installs into, each with its modification time; None where there is none yet."""
    folders = [entry for entry in sys.path if os.path.basename(entry) in ("site-packages", "dist-packages")]
    site = sys.modules.get("site")
    if site is not None and getattr(site, "ENABLE_USER_SITE", False):
        folders.append(site.getusersitepackages())
    watched = []
    for folder in sorted(set(folders)):
        try:
            changed = os.stat(folder).st_mtime  # type: float | None
        except OSError:
            changed = None
        watched.append((folder, changed))
    return watched


def main():  # type: () -> None
    """Write the line straight to the descriptor: start-up files of the interpreter may have replaced sys.stdout."""
    answer = {
        "executable": sys.executable,
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        # Looked at before the packages: an installation going on meanwhile must leave a newer time behind.
        "watched": watched_folders(),
        "packages": installed_packages(),
    }
    os.write(1, ("\n" + MARK + json.dumps(answer) + "\n").encode("ascii"))


if __name__ == "__main__":
    main()
