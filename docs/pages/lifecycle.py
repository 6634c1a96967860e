"""docs/lifecycle.md, from the table of transitions."""

from linda_core.lifecycle import TRANSITIONS, Event, State

HEAD = """# The life of a job

Made from `linda_core/lifecycle.py` by `make docs`. The memory broker moves jobs by this table, and the conformance kit
checks every other broker against it.

```
   later                       release_with_delay
  ----------------> [DELAYED] <------------.
                        |                   |
                        | (time passes)     |
                        |                   |
   push                 v     pop           |       delete
  -----------------> [READY] ---------> [RESERVED] --------> *gone*
                      ^  ^                | | |
                      |   \\   release     | | |  bury
                      |    `--------------' | `------> [BURIED]
                      |       lease ran out |              |
                      |    `----------------'              |
                      `------------------------------------'  kick
```

| state | meaning |
|---|---|
"""

MEANINGS = {
    State.DELAYED: "nobody may have it before it is due",
    State.READY: "anyone may have it",
    State.RESERVED: "one consumer has it, until it settles it or its lease runs out",
    State.BURIED: "set aside until somebody kicks or purges it",
}

#: Events that nobody calls for.
TIME = (Event.PROMOTE, Event.EXPIRE)


def text() -> str:
    """The page."""
    states = "\n".join(f"| {state} | {MEANINGS[state]} |" for state in State)
    rows = "\n".join(
        f"| {before or 'not in the queue'} | {_shown(event)} | {after or 'gone'} |"
        for (before, event), after in TRANSITIONS.items()
    )
    return f"{HEAD}{states}\n\n## Every transition\n\n| from | by | to |\n|---|---|---|\n{rows}\n"


def _shown(event: Event) -> str:
    return f"{event} (time)" if event in TIME else f"`{event}`"
