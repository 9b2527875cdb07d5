"""How soon the commands that need no network answer: a new process each time."""

import os
import subprocess
import sys

from turns import Contestant, Work, by_turns

COMMANDS = (("--help",), ("list",), ("table", "losses"))


def answer(*command: str) -> Work:
    """`fewshot` with these words, as a shell starts it, with what Python keeps of the sources that it has compiled."""
    words = [sys.executable, "-c", "import sys; from fewshot.cli.main import main; sys.exit(main())", *command]
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return lambda: subprocess.run(words, check=True, stdout=subprocess.DEVNULL, env=kept)


def measure(rounds: int) -> dict[str, list[float]]:
    """Seconds to each answer."""
    return by_turns([Contestant(f"fewshot {' '.join(words)}", answer, words) for words in COMMANDS], rounds)
