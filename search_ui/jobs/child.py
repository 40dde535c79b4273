"""The process of a job: the `radalike` command, which ends when the server that started it has.

However the server ends, the pipe that it holds to this process's standard input is closed. The
command is then interrupted, as by Ctrl-C, and killed when that does not end it.
"""

from __future__ import annotations

import os
import signal
import threading
import time

GRACE_SECONDS = 10.0


def main() -> None:
    # A server that a shell started in its background has interrupts ignored, and so had this.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with_the_server, name="server", daemon=True).start()
    from radalike.cli.main import run

    run()


def _end_with_the_server() -> None:
    # Not `sys.stdin`: the interpreter could not end while a thread reads from it.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(GRACE_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
