"""Seeded mutations of files: of bytes, of the words of a text, and of the values of a strategy."""

import re
import struct
import zlib
from collections.abc import Callable
from random import Random
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

Value = TypeVar("Value")
Mutate = Callable[[Random, bytes], bytes]
TIMES = (1, 1, 1, 2, 3)  # mutations of one file, one after the other
NUMBERS = (0, 1, -1, 127, 128, 255, 2**15, 2**16 - 1, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1)
OTHERS = (b"", b"<!DOCTYPE html><html>", b"version https://git-lfs.github.com/spec/v1\n", b"PK\x05\x06" + bytes(18))
WORDS = (
    "", "0", "-1", "1.5", "1e999", "nan", "-inf", "1" * 400, "null", "true", '""', "''", "[", "]", "{", "}", ",", "=",
    '"', "\n", "\\", "\0", "\x1b[2J", "\ufeff", "\u2028", "ß", "é", "日本", "\U0001f600", "..", "/", "C:\\x",
    "[" * 3000, '{"a":' * 3000, "__class__", "1979-05-27", "inf", "0x10", "1_0", "#", "test", "id", "spec",
)  # fmt: skip


def of_bytes(random: Random, content: bytes) -> bytes:
    """The content with a few bits, bytes, numbers or stretches changed."""
    for _ in range(random.choice(TIMES)):
        start = random.randint(0, len(content))
        length = min(random.choice((1, 1, 2, 4, 8, 64, 1024)), len(content) - start)
        end, size = start + length, random.choice((1, 2, 4, 8))
        number = (random.choice(NUMBERS) % 2 ** (8 * size)).to_bytes(size, random.choice(("little", "big")))
        part = random.choice((
            bytes(one ^ 1 << random.randrange(8) for one in content[start : start + 1]),
            number, random.randbytes(length), bytes(length), content[start:end] * 2, b"",
            content[: random.randint(0, 64)],
        ))  # fmt: skip
        content = content[:start] + part + content[end if random.random() < 0.3 else start + len(part) :]
    chance = random.random()
    return (
        random.choice(OTHERS)
        if chance < 0.01
        else content[: random.randint(0, len(content))]
        if chance < 0.1
        else content
    )


def of_words(random: Random, content: bytes) -> bytes:
    """The content with a few words changed, moved or left out; now and then, with bytes changed."""
    if random.random() < 0.1:
        return of_bytes(random, content)
    words = re.findall(r"\w+|\s+|.", content.decode(errors="surrogateescape"))
    for _ in range(random.choice(TIMES)):
        start = random.randrange(len(words) + 1)
        end = start + random.choice((0, 1, 1, 1, 2, 8))
        words[start:end] = [random.choice((random.choice(WORDS), random.choice(words or [""])))]
    return "".join(words).encode(errors="surrogateescape")


def png_checked(mutate: Mutate) -> Mutate:
    """The mutation with the checksums of a PNG's chunks made right again, so that its headers are read."""

    def checked(random: Random, content: bytes) -> bytes:
        content, start = mutate(random, content), 8
        while start + 12 <= len(content):
            end = start + 8 + struct.unpack(">I", content[start : start + 4])[0]
            content = content[:end] + zlib.crc32(content[start + 4 : end]).to_bytes(4, "big") + content[end + 4 :]
            start = end + 4
        return content

    return checked


def drawn(strategy: SearchStrategy[Value], random: Random) -> Value:
    """A value of a strategy: hypothesis tries the simplest first, so the second is taken."""
    found = []

    @seed(random.getrandbits(64))
    @settings(
        max_examples=2, database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(strategy)
    def draw(value: Value) -> None:
        found.append(value)

    draw()
    return found[-1]
