"""A class at one server: visitors who read, look at heads, change their sentence and let models write, all at once."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from streamlit.components.v2.bidi_component.main import _make_trigger_id

from benchmarks.serving import serving
from benchmarks.tables import table
from benchmarks.visitors import Visitor, kept, now, pressed, sent, typed
from llm_core.numbers import in_bytes

VISITORS = int(os.environ.get("CLASS_VISITORS", "30"))
MINUTES = float(os.environ.get("CLASS_MINUTES", "10"))
READERS = 100
THINKING = (3.0, 6.0)
"""Seconds between two acts of a visitor."""

WARM_SECONDS = 15
LEFT_SECONDS = 125
"""After so long without visitors memory must have been given back."""

WORDS = """
zebra violin glacier walnut lantern harbor pepper saddle cactus trumpet
helmet orchid dragon pillow marble beetle candle kettle magnet pocket
rabbit spider turtle velvet wizard anchor basket cheese donkey engine
falcon garlic hammer insect jacket kitten lizard monkey needle onion
""".split()  # noqa: SIM905 - forty strings in a row are hard to read
"""One a visitor, which stands in all of that visitor's sentences and in nobody else's."""

TARGETS = {
    "front page": ("all", 5.0),
    "another head": ("p95", 1.0),
    "a new sentence": ("p95", 5.0),
    "first written token": ("p95", 4.0),
}


class Student:
    """A visitor with a word of its own."""

    def __init__(self, address: str, number: int) -> None:
        self.word = WORDS[number % len(WORDS)] + ("" if number < len(WORDS) else str(number))
        self.others = {word for word in WORDS if word != WORDS[number % len(WORDS)]}
        self.address, self.random = address, random.Random(number)
        self.tab = Visitor(address)
        self.times: dict[str, list[float]] = defaultdict(list)
        self.faults: list[str] = []
        self.count = 0

    async def attend(self, until: float) -> None:
        """Come, act for a while, leave."""
        await self._timed("front page", self._arrive)
        await self._timed("first own sentence", self._go_to_attention)
        acts = [(self._other_head, "another head")] * 11 + [(self._other_sentence, "a new sentence")] * 6
        while now() < until:
            await self._settle(self.random.uniform(*THINKING))
            if self.random.random() < 0.15:
                await self._timed("first written token", self._write)
                await self._settle(self.random.uniform(*THINKING))
                await self._timed("back to Attention", self._go_to_attention)
            else:
                act, name = self.random.choice(acts)
                await self._timed(name, act)
        await self.tab.close()

    async def _timed(self, name: str, act: Callable[[], Awaitable[None]]) -> None:
        began = now()
        try:
            await act()
            self.times[name].append(now() - began)
        except Exception as error:  # whatever goes wrong is counted, and the visitor comes again
            self.faults.append(f"{name}: {type(error).__name__} {error}")
            await self.tab.close()
            self.tab = Visitor(self.address, "attention", {"text": self._sentence()})
            await self.tab.open()
        self._look_for_others(name)

    def _look_for_others(self, name: str) -> None:
        said = self.tab.words()
        if "written" not in name:
            # What a model writes, or holds likely, may be any word.
            found = [word for word in self.others if f"the {word} of" in said or f"text=the+{word}" in said.lower()]
            tokens = [word for word in self.others if f'"text":"{word}"' in said]
            if found or tokens:
                self.faults.append(f"{name}: words of others, {found or tokens}")
        if "Traceback" in said or "An error inside" in said or "encountered an error" in said:
            self.faults.append(f"{name}: an error on the page")

    def _sentence(self) -> str:
        self.count += 1
        return f"The {self.word} of number {self.count} sat where it was because it was tired."

    async def _arrive(self) -> None:
        await self.tab.open()
        self.tab.find("bidi_component", component_name="attention_explorer_whole_model")

    async def _go_to_attention(self) -> None:
        await self.tab.close()
        self.tab = Visitor(self.address, "attention", {"text": self._sentence()})
        await self.tab.open()
        self._picture()

    def _picture(self) -> Any:
        return self.tab.find("bidi_component", component_name="attention_explorer_attention")

    def _is_another(self, before: bytes) -> bool:
        try:
            return bool(self._picture().bytes != before)
        except LookupError:
            # Something else stands in its place for a moment while the page is drawn.
            return False

    async def _other_head(self) -> None:
        picture = self._picture()
        before = picture.bytes
        self.count += 1
        place = {"layer": self.random.randrange(6), "heads": [self.random.randrange(12)], "number": self.count}
        await self.tab.act(kept(picture.id, "choice", place), fragment=self.tab.fragments.get(picture.id, ""))
        await self.tab.drawn(lambda: self._is_another(before))

    async def _other_sentence(self) -> None:
        before = self._picture().bytes
        await self.tab.act(
            typed(self.tab.find("text_area", label="Text").id, self._sentence()),
            pressed(self.tab.find("button", label="Run the model").id),
        )
        await self.tab.drawn(lambda: self._is_another(before))

    async def _write(self) -> None:
        await self.tab.close()
        query = {"text": f"The {self.word} went to number {self.count} and", "model": "smollm2-135m", "seed": "1"}
        self.tab = Visitor(self.address, "generation", query)
        opening = asyncio.create_task(self.tab.open())
        opening.add_done_callback(_looked_at)
        while not self._has_written():
            if opening.done():
                await opening
                break
            await asyncio.sleep(0.02)
        self.rest = opening

    def _has_written(self) -> bool:
        """True once a token stands on the page, while it is written or in the finished picture."""
        for element in self.tab.elements.values():
            kind = element.WhichOneof("type")
            if kind == "markdown" and element.markdown.body.startswith("… ") and len(element.markdown.body) > 2:
                return True
            if kind == "bidi_component" and element.bidi_component.component_name == "attention_explorer_generation":
                return True
        return False

    async def _settle(self, seconds: float) -> None:
        """Think; meanwhile the page goes on drawing what was asked for."""
        until = now() + seconds
        opening = getattr(self, "rest", None)
        if opening is not None:
            await asyncio.wait([opening], timeout=seconds)
            self.rest = None
        await self._follow()
        while (left := until - now()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self.tab.drawn(lambda: False)
            except TimeoutError:
                break

    async def _follow(self) -> None:
        """What the page's own parts do after a choice: those below the picture are drawn again."""
        for element in list(self.tab.elements.values()):
            if element.WhichOneof("type") != "bidi_component":
                continue
            part = element.bidi_component
            if part.component_name == "attention_explorer_follow":
                identity = part.id
                await self.tab.act(
                    sent(_make_trigger_id(identity, "events"), "again", {}),
                    fragment=self.tab.fragments.get(identity, ""),
                )
                await asyncio.sleep(0.06)


def _looked_at(opening: asyncio.Task[None]) -> None:
    """A tab that is closed while its model still writes ends what waited for it."""
    if not opening.cancelled():
        opening.exception()


async def _class(address: str) -> list[Student]:
    students = [Student(address, number) for number in range(VISITORS)]
    until = now() + 60 * MINUTES

    async def attend(student: Student) -> None:
        await asyncio.sleep(student.random.uniform(0, 5))
        await student.attend(until)

    await asyncio.gather(*(attend(student) for student in students))
    return students


async def _readers(address: str) -> list[float]:
    """Visitors who only open pages that are drawn from what ships."""

    async def read(number: int) -> list[float]:
        chosen, times = random.Random(number), []
        await asyncio.sleep(chosen.uniform(0, 10))
        for _ in range(6):
            tab = Visitor(address, chosen.choice(["", "attention", "lessons", "scale"]))
            began = now()
            with suppress(TimeoutError):  # counted as what it at least took
                await tab.open()
            times.append(now() - began)
            await asyncio.sleep(chosen.uniform(*THINKING))
            await tab.close()
        return times

    return [time for times in await asyncio.gather(*map(read, range(READERS))) for time in times]


def report() -> str:
    """Markdown: how long each kind of act took, what went wrong, and memory before, meanwhile and afterwards."""
    with serving() as address:
        asyncio.run(asyncio.sleep(WARM_SECONDS))
        first = now()
        asyncio.run(_one(address))
        one = now() - first
        begun = memory()
        students = asyncio.run(_class(address))
        full = memory()
        asyncio.run(asyncio.sleep(LEFT_SECONDS))
        left = memory()
        readers = asyncio.run(_readers(address))
    return _told(students, one, begun, full, left, readers)


async def _one(address: str) -> None:
    student = Student(address, 0)
    await student._go_to_attention()
    await student.tab.close()


def _told(
    students: list[Student],
    one: float,
    begun: dict[str, int],
    full: dict[str, int],
    left: dict[str, int],
    readers: list[float],
) -> str:
    times: dict[str, list[float]] = defaultdict(list)
    for student in students:
        for name, some in student.times.items():
            times[name] += some
    rows = [_row(name, some) for name, some in times.items()]
    rows.append(_row(f"{READERS} readers of shipped pictures", readers, ("p95", 3.0)))
    faults = [fault for student in students for fault in student.faults]
    more = (full["page"] - begun["page"]) / VISITORS
    said = [
        table(["act", "times", "median", "p95", "longest", "target"], rows),
        f"Faults: {len(faults)}. " + "; ".join(sorted(set(faults))[:12]),
        f"First own sentence {WARM_SECONDS} s after a start: {one:.1f} s (target: under 3 s).",
        f"Memory (proportional set size): {_sizes(begun)} after the first visitor, {_sizes(full)} at the end of the "
        f"class ({in_bytes(int(more))} of the page process a visitor; target: under 15 MB), {_sizes(left)} "
        f"{LEFT_SECONDS} s after all had left (target: at most 1.5 GB together).",
    ]
    return f"### A class of {VISITORS}, {MINUTES:g} minutes\n\n" + "\n\n".join(said)


def _row(name: str, times: list[float], target: tuple[str, float] | None = None) -> list[str]:
    ordered = sorted(times)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    of, most = target or TARGETS.get(name, ("", 0.0))
    wanted = f"{of} under {most:g} s" if of else ""
    return [name, str(len(times)), f"{median(times):.2f} s", f"{p95:.2f} s", f"{ordered[-1]:.2f} s", wanted]


def _sizes(sizes: dict[str, int]) -> str:
    return f"{in_bytes(sum(sizes.values()))} (page {in_bytes(sizes['page'])}, workers {in_bytes(sizes['workers'])})"


def memory() -> dict[str, int]:
    """Bytes of the server that this process started and of its workers, shared pages counted in parts (Linux)."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in listed.splitlines()[1:]]
    servers = {pid for pid, parent, command in rows if "app.py" in command and int(parent) == os.getpid()}
    workers = {pid for pid, parent, _ in rows if parent in servers}
    return {"page": sum(map(_pss, servers)), "workers": sum(map(_pss, workers))}


def _pss(pid: str) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
