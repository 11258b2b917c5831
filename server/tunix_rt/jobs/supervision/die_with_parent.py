"""Replaces itself with another program, which the system kills as soon as its parent process exits.

    <python> -I -S die_with_parent.py PARENT NICENESS COMMAND [ARGUMENT...]

NICENESS is added to the process's own niceness, which lowers its priority.
It is a separate program because only exec is safe between fork and exec in a process with threads. On systems other
than Linux the program starts without this protection; the folder's lock then keeps a second one out.
"""

import os
import sys

PR_SET_PDEATHSIG = 1
SIGKILL = 9
NOT_STARTED = 126


def main(parent: int, niceness: int, command: list[str]) -> int:
    """Executes the command; returns an exit status only if that fails."""
    os.nice(niceness)
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
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]))
