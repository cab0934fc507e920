"""Processes that begin as a copy of one without threads."""

import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.allow_blocking


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program of its own: this process has threads."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={"PYTHONPATH": "."} | environment
    )


def test_a_child_has_its_descriptors_and_the_usual_signals() -> None:
    """Of the parent's descriptors only those that it is given; and it ends with what work gives."""
    told = run("""
        import os, signal
        from guardrail_gw.forking import fork
        signal.signal(signal.SIGTERM, lambda *_: None)
        kept, others = os.pipe(), os.pipe()

        def work():
            names = sorted(int(n) for n in os.listdir("/proc/self/fd"))
            names = [n for n in names if os.path.exists(f"/proc/self/fd/{n}")]
            usual = signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
            blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
            os.write(kept[1], repr((names, usual, blocked)).encode())
            return 7

        pid = fork(work, [kept[1]])
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        print(os.read(kept[0], 999).decode(), kept[1], status)
    """)

    assert told.stderr == ""
    shown, end, status = told.stdout.rsplit(maxsplit=2)
    assert (shown, status) == (f"([0, 1, 2, {end}], True, set())", "7")


def test_a_defect_ends_the_child_and_nothing_else() -> None:
    """It never returns into what its parent was in the middle of."""
    told = run("""
        import os
        from guardrail_gw.forking import fork

        def work():
            raise ValueError("what somebody wrote")

        pid = fork(work, [])
        print("parent", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """)

    assert told.stdout == "parent 70\n"
    assert "wrote" not in told.stderr


def test_a_process_with_threads_is_not_forked() -> None:
    """What they hold in that moment would be held for ever."""
    told = run("""
        import threading
        from guardrail_gw.forking import fork
        threading.Thread(target=threading.Event().wait, args=(5,), daemon=True).start()
        try:
            fork(lambda: 0, [])
        except RuntimeError:
            print("refused")
    """)

    assert told.stdout == "refused\n"


def test_keys_in_the_environment_are_forgotten() -> None:
    """Also for whoever looks at the process from outside."""
    told = run(
        """
        import os, subprocess, sys
        from guardrail_gw.forking import forget_environment, fork

        def work():
            forget_environment({"LANG": "C"})
            seen = open("/proc/self/environ").read()
            child = subprocess.run([sys.executable, "-c", "import os; print(dict(os.environ))"],
                                   capture_output=True, text=True).stdout
            os.write(1, repr(("sk-" in seen, dict(os.environ), "sk-" in child)).encode())
            return 0

        os.waitpid(fork(work, []), 0)
        """,
        PROVIDER_KEY="sk-never-show-this",
    )

    assert told.stdout == "(False, {'LANG': 'C'}, False)"


def test_a_fork_that_fails_leaves_signals_as_they_were() -> None:
    """Whoever has no memory for a child still hears that it should stop."""
    told = run("""
        import errno, os, signal
        from guardrail_gw.forking import fork

        def full():
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

        os.fork = full
        try:
            fork(lambda: 0, [])
        except OSError as error:
            print(error.errno == errno.EAGAIN, signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    """)

    assert told.stdout == "True set()\n"
