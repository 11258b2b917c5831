"""Becomes another program, which the system kills as soon as the process that started it is gone.

    <python> -I -S leash.py PARENT COMMAND [ARGUMENT...]

It is a program of its own, since nothing but exec is safe between fork and exec in a process with threads. Where the
system is not Linux, the program is started without that; its folder's lock then keeps a second one away.
"""

import os
import sys

PR_SET_PDEATHSIG = 1
SIGKILL = 9
NOT_STARTED = 126
NICENESS = 10
"""Requests come first."""


def main(parent: int, command: list[str]) -> int:
    """Becomes the command; a status only if that fails."""
    os.nice(NICENESS)
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it was gone before the system was asked
            return NOT_STARTED
    try:
        os.execvp(command[0], command)  # noqa: S606 - the command is the program's own, without a shell
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be started: {error.strerror}\n")
    return NOT_STARTED


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
