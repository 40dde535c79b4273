"""Runs a server in a network namespace of its own, and lets loopback in by the ports it is given.

    python private_network.py FD:PORT … -- PROGRAM ARGUMENT …

FD is a listening socket of the network outside, PORT the server's inside. A socket belongs to the
namespace it was made in, so this process accepts outside and connects inside, and nobody but who
reaches the outer sockets reaches the server. It ends, with the server, when its standard input is
closed. For servers that bind every interface whatever they are told.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import subprocess
import sys
from threading import Thread

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1  # netdevice(7)
_CHUNK = 1 << 18


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sh14x", b"lo", 0)
        name, flags = struct.unpack("16sh14x", fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request))
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", name, flags | _IFF_UP))


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while data := source.recv(_CHUNK):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:  # one side has gone: the other is told
        for each in (source, sink):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


def _relay(outside: socket.socket, port: int) -> None:
    with outside:
        try:
            inside = socket.create_connection(("127.0.0.1", port))
        except OSError:  # the server is not up yet: as if nobody listened
            return
        with inside:
            back = Thread(target=_copy, args=(inside, outside), daemon=True)
            back.start()
            _copy(outside, inside)
            back.join()


def _serve(listening: socket.socket, port: int) -> None:
    while True:
        outside, _ = listening.accept()
        Thread(target=_relay, args=(outside, port), daemon=True).start()


def main() -> None:
    split = sys.argv.index("--")
    _raise_loopback()
    server = subprocess.Popen(sys.argv[split + 1 :], stdin=subprocess.DEVNULL)
    try:
        for pair in sys.argv[1:split]:
            descriptor, port = map(int, pair.split(":"))
            listening = socket.socket(fileno=descriptor)
            Thread(target=_serve, args=(listening, port), daemon=True).start()
        sys.stdin.read()
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    main()
