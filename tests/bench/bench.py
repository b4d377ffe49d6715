"""The benchmark: `make bench`.  BENCHMARKS.md says how to read what it prints.

BENCH_ROUNDS is how often each is measured (5), BENCH_ONLY names scenes, with
commas between them; BENCH_TABLE is a file that gets the table.
"""

import functools
import inspect
import os
import sys
import time
from pathlib import Path

import scenes_map
import scenes_milter
import scenes_size
from table import markdown
from world import World

from internet.internet import folder

SCENES = {
    "milter": scenes_milter.cached,
    "waiting": scenes_milter.waiting,
    "burst": scenes_milter.burst,
    "many": scenes_milter.many,
    "postfix": scenes_milter.postfix,
    "socketmap": scenes_map.cached,
    "cold": scenes_map.cold,
    "coalesced": scenes_map.coalesced,
    "footprint": scenes_size.footprint,
}
FRONTS = ("loop", "libmilter")  # values of milter_server
OF_EACH_FRONT = ("milter", "waiting", "postfix")  # others: of the first


def tell(text):
    print(text, file=sys.stderr, flush=True)


def chosen():
    """Name and function of each scene that was asked for."""
    names = os.environ.get("BENCH_ONLY", "").split(",")
    names = [name for name in names if name] or list(SCENES)
    unknown = set(names) - set(SCENES)
    if unknown:
        sys.exit(f"BENCH_ONLY: no {unknown.pop()}; there are {', '.join(SCENES)}")
    for name in names:
        scene = SCENES[name]
        if "front" not in inspect.signature(scene).parameters:
            yield name, scene
            continue
        for front in FRONTS if name in OF_EACH_FRONT else FRONTS[:1]:
            yield f"{name} ({front})", functools.partial(scene, front=front)


def run(name, scene, world, rounds):
    place = folder() / name.replace(" ", "-")
    place.mkdir(mode=0o755)
    with scene(world, place) as rows:
        for number in range(rounds):
            tell(f"  {name}, round {number + 1} of {rounds}")
            for row in rows:
                row.measure()
    for row in rows:
        tell(f"    {' | '.join(row.cells())}")
    return rows


def main():
    rounds = int(os.environ.get("BENCH_ROUNDS", "5"))
    began = time.monotonic()
    tell("making certificates, starting servers")
    rows = []
    with World(folder() / "world") as world:
        for name, scene in chosen():
            rows += run(name, scene, world, rounds)
    table = markdown(rows)
    print(table)
    if "BENCH_TABLE" in os.environ:
        Path(os.environ["BENCH_TABLE"]).write_text(table, encoding="utf-8")
    tell(f"{time.monotonic() - began:.0f} s in all")


if __name__ == "__main__":
    main()
