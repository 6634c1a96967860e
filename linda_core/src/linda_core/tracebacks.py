"""Tracebacks for those who wrote the program."""

import traceback

#: Whose frames, at the start of a traceback, only tell how Linda came to call the program.
OURS = {"importlib", "linda_core"}


def told(error: BaseException) -> str:
    """The whole traceback, from the program's own code on."""
    trace = error.__traceback__
    while trace and trace.tb_frame.f_globals.get("__name__", "").partition(".")[0] in OURS:
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()
