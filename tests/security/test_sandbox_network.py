"""No way out through the network or through sockets of other programs."""

# The deeds are written as the system calls that they are.
# ruff: noqa: PTH101

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator

import pytest

from security.jail import Ground, Jail

LOCAL = "127.0.0.1"


@pytest.fixture
def port() -> Iterator[int]:
    """The port of a listener on this machine."""
    with socket.create_server((LOCAL, 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def abstract_name() -> Iterator[str]:
    """The name of a listener that lives in no folder."""
    name = f"\0sandbox-{os.getpid()}"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(name)
        listener.listen()
        yield name


def test_no_tcp_connection(jail: Jail, port: int) -> None:
    jail.assert_denied(lambda ground: socket.create_connection((LOCAL, port), 5).close())


def test_no_connection_by_a_socket_made_before(jail: Jail, port: int) -> None:
    with socket.socket() as ready:
        jail.assert_denied(lambda ground: ready.connect((LOCAL, port)))


def test_no_listener(jail: Jail) -> None:
    jail.assert_denied(lambda ground: socket.create_server((LOCAL, 0)).close())


def test_no_listener_by_a_socket_made_before(jail: Jail) -> None:
    with socket.socket() as ready:
        jail.assert_denied(lambda ground: ready.bind((LOCAL, 0)))


def test_no_datagram(jail: Jail) -> None:
    def send(ground: Ground) -> None:
        with socket.socket(type=socket.SOCK_DGRAM) as sender:
            sender.sendto(b"secret", (LOCAL, 9))

    jail.assert_denied(send)


def test_no_abstract_socket(jail: Jail, abstract_name: str) -> None:
    def connect(ground: Ground) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(abstract_name)

    jail.assert_denied(connect)


def test_no_socket_in_a_folder(jail: Jail) -> None:
    path = str(jail.ground.home / "agent")

    def connect(ground: Ground) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(path)

    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        os.chmod(path, 0o777)
        listener.listen()
        jail.assert_denied(connect)


def test_no_datagram_to_a_named_socket_by_one_of_a_pair(jail: Jail) -> None:
    """Sockets of a datagram pair can still send to any address, such as the system's log."""
    path = str(jail.ground.home / "log")

    def send(ground: Ground) -> None:
        first, second = socket.socketpair(type=socket.SOCK_DGRAM)
        with first, second:
            first.sendto(b"secret", path)

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        os.chmod(path, 0o777)
        jail.assert_denied(send)


@pytest.mark.parametrize(
    "family", ["AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_PACKET", "AF_ALG", "AF_VSOCK", "AF_BLUETOOTH", "AF_CAN"]
)
def test_no_socket_of_any_family(jail: Jail, family: str) -> None:
    number = getattr(socket, family, None)
    if number is None:
        pytest.skip(f"this Python has no {family}")
    kind = socket.SOCK_SEQPACKET if family == "AF_ALG" else socket.SOCK_RAW
    if family in ("AF_INET6", "AF_UNIX", "AF_VSOCK"):
        kind = socket.SOCK_STREAM
    outcome = jail.locked(lambda ground: socket.socket(number, kind).close())
    # The filter answers with EPERM whether or not the kernel knows the family.
    assert outcome.errno == errno.EPERM, outcome


def test_no_name_is_looked_up(jail: Jail) -> None:
    def look_up(ground: Ground) -> object:
        return socket.getaddrinfo("shapelens.invalid", 80)

    assert "gaierror" in jail.locked(look_up).error


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_SEQPACKET])
def test_pairs_within_the_evaluation_work(jail: Jail, kind: int) -> None:
    def talk(ground: Ground) -> object:
        first, second = socket.socketpair(type=kind)
        with first, second:
            first.sendall(b"hello")
            return second.recv(5)

    assert jail.assert_works(talk) == b"hello"


def test_connections_are_seen_by_the_listener_of_the_control_only(jail: Jail) -> None:
    with socket.create_server((LOCAL, 0)) as listener:
        listener.settimeout(0.2)
        address = listener.getsockname()
        jail.locked(lambda ground: socket.create_connection(address, 5).close())
        with pytest.raises(TimeoutError):
            listener.accept()
        assert jail.free(lambda ground: socket.create_connection(address, 5).close()).worked
        listener.accept()[0].close()
