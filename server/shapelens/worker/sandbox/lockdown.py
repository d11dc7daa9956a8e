"""The entrance of the sandbox: ``available`` asks in the host, ``lock_down`` acts in the child."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
import sys
from typing import List, Optional, Tuple

from .. import contract
from . import basic, capabilities, kernel, landlock, limits, roots, rules, seccomp
from .policy import Policy, Report, SandboxUnavailable, check_mode

__all__ = ["Policy", "Report", "SandboxUnavailable", "available", "lock_down", "lock_down_basic"]

_TRIAL_SECONDS = 10.0
_OFF = Report(contract.SandboxTier.OFF, "off: evaluations may do all that you may")


def available(mode: str) -> Report:
    """Return what ``lock_down`` will reach in a child of this process, without locking this process down.

    A child is forked, locked down and made to try what must fail. ``mode`` is auto, strict or off. Raises
    SandboxUnavailable for strict where only less is to be had, and ValueError for another mode.
    """
    check_mode(mode)
    if mode == "off":
        return _OFF
    if not sys.platform.startswith("linux"):
        if mode == "strict":
            raise _refusal(_no_linux())
        return _basic_report((), _no_linux())
    _prepare()
    tier, detail = _trial(mode)
    if tier is None:
        raise SandboxUnavailable(detail)
    refused = "".join(f"; {path} on the interpreter's path is not opened" for path in roots.refused_roots())
    return Report(contract.SandboxTier(tier), detail + refused)


def lock_down(policy: Policy, mode: str) -> Report:
    """Lock this process and its descendants down for ever, and return what is in force.

    To be called in a fresh child with a single thread, before any code of the user. Raises SandboxUnavailable for
    mode strict where only less is to be had; the child must then end, for it may be locked down in part.
    """
    check_mode(mode)
    if mode == "off":
        return _OFF
    limits.apply(policy)
    readable = roots.narrowed(policy.readable)
    layers, missing = _kernel_layers(policy, readable) if sys.platform.startswith("linux") else ((), _no_linux())
    if missing is None:
        remarks = [f"; {path} is opened without its hidden files" for path in readable.listed]
        remarks += [f"; {path} holds the home folder and is not opened" for path in readable.closed]
        return Report(contract.SandboxTier.STRICT, ", ".join(layers) + "".join(remarks))
    if mode == "strict":
        raise _refusal(missing)
    return lock_down_basic(policy, layers, missing)


def lock_down_basic(policy: Policy, layers: Tuple[str, ...], missing: str) -> Report:
    """Add audit hooks to the layers in force, and return the report that says what is missing."""
    basic.install(policy)
    return _basic_report(layers, missing)


def _kernel_layers(policy: Policy, readable: roots.Narrowed) -> Tuple[Tuple[str, ...], Optional[str]]:
    """Set what the kernel offers; return it in words, and the reason where it is not all of it."""
    layers: List[str] = []
    missing: Optional[str] = None
    if kernel.machine() is None:
        return (), "only x86_64 and aarch64 are known to it"
    if _threads() > 1:
        # Each layer holds for the thread that sets it and for what that starts later.
        return (), "the evaluation's process has several threads already"
    version = 0
    try:
        kernel.forbid_new_privileges()
        version = landlock.abi()
        landlock.restrict(rules.landlock_rules(policy, readable), version)
        layers.append(f"Landlock ABI {version}")
    except SandboxUnavailable as error:
        missing = str(error)
    except OSError as error:
        version = 0
        missing = f"Landlock could not be set ({error.strerror})"
    try:
        capabilities.drop()
        layers.append("no capabilities")
    except OSError as error:
        missing = missing or f"capabilities could not be dropped ({error.strerror})"
    try:
        seccomp.install(version, policy.device_gpu)
        layers.insert(1, "seccomp")
    except OSError as error:
        missing = missing or f"system calls could not be filtered ({error.strerror})"
    return tuple(layers), missing


def _prepare() -> None:
    """Do here what every child would otherwise do for itself."""
    kernel.load()
    try:
        version = landlock.abi()
    except SandboxUnavailable:
        version = 0
    for gpu in (False, True):
        seccomp.prepare(version, gpu)


def _trial(mode: str) -> Tuple[Optional[str], str]:
    """Return tier and detail from a locked child; no tier where it refused."""
    reading, writing = os.pipe()
    try:
        process = os.fork()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        return None, f"The sandbox could not be tried: {error.strerror}."
    if process == 0:
        try:
            os.close(reading)
            os.write(writing, _answer(mode).encode("utf-8", "replace"))
        finally:
            os._exit(0)
    os.close(writing)
    try:
        answer = _read(reading)
    finally:
        os.close(reading)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    tier, separator, detail = answer.partition("\n")
    if not separator:
        return None, "The sandbox could not be tried: a locked child ended without an answer."
    return tier or None, detail


def _answer(mode: str) -> str:
    try:
        report = lock_down(Policy(readable=(), writable=()), mode)
        if report.tier is contract.SandboxTier.STRICT and not _holds():
            return "\n" + str(_refusal("this kernel accepts its rules but does not follow them"))
    except SandboxUnavailable as error:
        return f"\n{error}"
    return f"{report.tier.value}\n{report.detail}"


def _holds() -> bool:
    """Try, in a locked process, to list a folder, to open a socket and to execute."""
    for attempt in (
        lambda: os.listdir("/"),
        lambda: socket.socket().close(),
        lambda: os.execv("/nonexistent/program", ["program"]),
    ):
        try:
            attempt()
        except PermissionError:
            continue
        except OSError:
            return False
        return False
    return True


def _read(descriptor: int) -> str:
    pieces = []
    while select.select([descriptor], [], [], _TRIAL_SECONDS)[0]:
        piece = os.read(descriptor, 65536)
        if not piece:
            break
        pieces.append(piece)
    return b"".join(pieces).decode("utf-8", "replace")


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError as error:
        # Without /proc nobody can tell; a child right after its fork has one.
        return 1 if error.errno == errno.ENOENT else 2


def _basic_report(layers: Tuple[str, ...], missing: str) -> Report:
    return Report(contract.SandboxTier.BASIC, ", ".join(("audit hooks", *layers)) + f"; not strict: {missing}")


def _no_linux() -> str:
    return f"it needs Linux, and this is {sys.platform}"


def _refusal(reason: str) -> SandboxUnavailable:
    return SandboxUnavailable(f"The strict sandbox is not available: {reason}.")
