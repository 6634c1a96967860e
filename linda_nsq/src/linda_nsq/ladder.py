"""Where delayed jobs wait: topics without consumers, hence on the server's disk, one for each power of two of time.

nsqd's own delays end after an hour and live in its memory. So a job that is due at time D, in units since the epoch,
waits on the rung that is named for the highest binary digit in which D differs from the present. When that digit of
the present becomes 1, everything on the rung goes to lower ones: at most one move for each digit, however long the
delay. Rung 0 has what is due within seconds, and is consumed all the time.
"""

UNIT = 2.0
#: Jobs go down this much earlier than they must, so that the way is not added to their delay.
AHEAD = 1.0
RUNGS = 32
#: Some 136 years.
LONGEST = UNIT * 2 ** (RUNGS - 1)


def rung(due: float, now: float) -> int:
    """Where a job belongs that is due at `due`."""
    target, present = int(due / UNIT), units(now)
    return (target ^ present).bit_length() if target > present else 0


def over(number: int, now: float, before: float) -> bool:
    """Whether all jobs on rung `number`, from 1 up, may go down: also if its time came and went since `before`."""
    digit = number - 1
    return units(now) >> digit & 1 == 1 or (units(now) >> digit) - (units(before) >> digit) > 1


def until_next(now: float) -> float:
    """Seconds until the lowest digit changes."""
    return UNIT - (now + AHEAD) % UNIT


def units(now: float) -> int:
    """What the present counts as."""
    return int((now + AHEAD) / UNIT)
