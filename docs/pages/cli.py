"""docs/cli.md, from the commands themselves."""

import inspect
from collections.abc import Iterator

import click

from linda_core.cli.group import COMMANDS, linda

HEAD = """# The command line

Made from the commands by `make docs`; `linda --help` and `linda COMMAND --help` say the same.

    linda push Resize photo.jpg 800 -k quality=0.9     # a job: its handler's name, JSON arguments
    linda later 5m Remind '{"to": "ada"}'
    linda counts                                       # all queues, by state
    linda peek default --state buried --json           # what failed for good, and why
    linda kick default                                 # try it again
    linda drain default > jobs.jsonl                   # move jobs: from one broker ...
    linda push --from-jsonl jobs.jsonl -u redis://new  # ... to another

**Broker.** `--url`, or `LINDA_URL`; by default `sqlite:///linda.db`. A password belongs into the variable: other users
of a machine see command lines.

**Environment.** Every option can be set by the variable beside it; `LINDA_URL` and `LINDA_QUEUE` serve every command
that has such an option. `LINDA_QUEUE` is one name: for several queues, repeat `--queue`. A flag is set by `1` or
`true`.

**Exit codes.** 0: done. 1: it failed; the broker could not be reached, say, or a promise was broken. 2: the command was
wrong: an unknown option or scheme, a bad URL, something the broker cannot do. Errors are one line on stderr;
`linda --debug COMMAND` shows where they came from.

**Output.** With `--json`, stdout is one JSON document. Progress goes to stderr, and only to a terminal; so do colours,
which `NO_COLOR=1` turns off.

**Completion.** For bash, in `~/.bashrc`: `eval "$(_LINDA_COMPLETE=bash_source linda)"`. For zsh, in `~/.zshrc`:
`eval "$(_LINDA_COMPLETE=zsh_source linda)"`. For fish, in `~/.config/fish/completions/linda.fish`:
`_LINDA_COMPLETE=fish_source linda | source`.
"""


def text() -> str:
    """The page."""
    return HEAD + "".join(f"\n## linda {name}\n\n" + "\n\n".join(_parts(name)) + "\n" for name in COMMANDS)


def _parts(name: str) -> Iterator[str]:
    top = click.Context(linda)
    command = linda.get_command(top, name)
    assert command is not None
    usage = " ".join(command.collect_usage_pieces(click.Context(command, parent=top, info_name=name)))
    yield f"    linda {name} {usage}"
    yield inspect.cleandoc(command.help or "")
    options = [param for param in command.params if isinstance(param, click.Option)]
    if options:
        rows = "\n".join(_row(name, option) for option in options)
        yield f"| option | | default | environment |\n|---|---|---|---|\n{rows}"


def _row(command: str, option: click.Option) -> str:
    written = ", ".join(f"`{name}`" for name in option.opts)
    meaning = (option.help or "").replace("|", "\\|")
    default = f"`{option.default}`" if _is_shown(option) else ""
    variable = option.envvar or f"LINDA_{command}_{option.name}".upper()
    return f"| {written} | {meaning} | {default} | `{variable}` |"


def _is_shown(option: click.Option) -> bool:
    return isinstance(option.default, str | int | float) and not option.is_flag
