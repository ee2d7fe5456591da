"""What the play needs around it: narration, commands, processes, and waiting for something to come true."""

import contextlib
import os
import pty
import re
import select
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "target" / "acceptance"
LOGS = HOME / "log"
STYLED = sys.stdout.isatty()


class Unmet(Exception):
    """What was expected and did not come; `evidence` is the log that may say why."""

    def __init__(self, message, evidence=None):
        super().__init__(message)
        self.evidence = evidence


def expect(condition, message):
    if not condition:
        raise Unmet(message)


def eventually(what, probe, seconds=90):
    """The first true value of `probe`, asked again and again until the deadline."""
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        if time.monotonic() > deadline:
            raise Unmet(f"{what}: not within {seconds} seconds")
        time.sleep(0.25)
    return value


# ---- Narration


def styled(text, code):
    return f"\x1b[{code}m{text}\x1b[0m" if STYLED else text


def chapter(title):
    print(f"\n{styled(title, 1)}", flush=True)


@contextlib.contextmanager
def step(text):
    """One line of the story. What is appended to the list that it gives is told behind it."""
    if STYLED:
        print(f"  … {text}", end="", flush=True)
    told, began = [], time.monotonic()
    start_of_line = "\r\x1b[K" if STYLED else ""
    try:
        yield told
    except BaseException:
        print(f"{start_of_line}  {styled('✗', 31)} {text}", flush=True)
        raise
    took = styled(f"({time.monotonic() - began:.1f} s)", 2)
    story = ": ".join([text, *([", ".join(map(str, told))] if told else [])])
    print(f"{start_of_line}  {styled('✓', 32)} {story} {took}", flush=True)


# ---- Commands and processes; what they say is in a file each under LOGS


def log(name):
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"{name}.log"


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run(name, *command, environment=None, seconds=3600):
    """Runs a command to its end; gives what it answered. What else it said comes before that in its log."""
    path = log(name)
    with path.open("w") as said:
        try:
            ended = subprocess.run(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as late:
            raise Unmet(f"`{' '.join(command)}` has not ended within {seconds} seconds", path) from late
        said.write(ended.stdout)
    if ended.returncode:
        raise Unmet(f"`{' '.join(command)}` ended with {ended.returncode}", path)
    return ended.stdout


@contextlib.contextmanager
def running(name, *command, environment=None):
    """A process that is there as long as the block lasts."""
    path = log(name)
    with path.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


PROMPT = re.compile(r"[\t\n](?:Parameter )?(?P<what>[^\t\n]*?)(?: \[(?P<default>[^\]]*)\])?: \Z")
STYLE = re.compile(r"\x1b\[[0-9;]*m")


def converse(name, *command, answers, environment):
    """Runs a command at a terminal and answers what it asks, each question a pattern. Without an answer it takes the
    default; where there is none a space, for SAM asks until something is typed."""
    path = log(name)
    silence = 120
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        os.execvpe(command[0], command, environment)
    said = ""
    with path.open("w") as output:
        while True:
            if not select.select([terminal], [], [], silence)[0]:
                os.kill(process, signal.SIGKILL)
                raise Unmet(f"`{' '.join(command)}` has said nothing for {silence} seconds", path)
            try:
                heard = os.read(terminal, 65536).decode(errors="replace")
            except OSError:
                break
            output.write(heard)
            output.flush()
            said = STYLE.sub("", said + heard).replace("\r", "")
            if asked := PROMPT.search(said):
                otherwise = "" if asked["default"] is not None else " "
                given = (answer for question, answer in answers.items() if re.fullmatch(question, asked["what"]))
                os.write(terminal, f"{next(given, otherwise)}\n".encode())
                said = ""
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    if status:
        raise Unmet(f"`{' '.join(command)}` ended with {status}", path)
    return path.read_text()
