"""Every statement on jobs, written so that a batch is one step of SQLite.

Python lets go of its global lock around each step and each row. Next to a handler that computes, getting it back
takes 5 ms: a hundred rows one by one would hold the write lock for half a second where one step holds it for a few
milliseconds. So lists go in as JSON numbers, and come out as one row of JSON arrays and joined blobs. (JSON carries
no text here: SQLite's ends a string at its first NUL.)

The numbers of the states are those of schema.sql.
"""

from functools import cache

#: Jobs moved by one transaction of a statement that may concern a million: others get their turn in between.
STEP = 1000


@cache
def push(rows: int) -> str:
    """Store `rows` jobs, each of six values; pass over ids that are there."""
    return (
        "INSERT INTO job (queue, state, due, id, priority, body) VALUES "
        + ", ".join(["(?, ?, ?, ?, ?, ?)"] * rows)
        + " ON CONFLICT (queue, id) DO NOTHING"
    )


PROMOTE = f"""
UPDATE job SET state = 1, due = 0, lapses = lapses + (state = 2) WHERE seq IN (
    SELECT seq FROM job WHERE queue = :queue AND state IN (2, 3) AND due <= :now LIMIT {STEP}
)"""

#: When the first lease or delay of a queue ends.
NEXT_DUE = """
SELECT min(due) FROM (
    SELECT min(due) AS due FROM job WHERE queue = :queue AND state = 2
    UNION ALL SELECT min(due) FROM job WHERE queue = :queue AND state = 3
)"""

#: The ready jobs that leave first, and the sizes of their bodies.
CHOOSE = """
SELECT json_group_array(seq), json_group_array(size) FROM (
    SELECT seq, length(body) AS size FROM job WHERE queue = :queue AND state = 1 AND due = 0
    ORDER BY priority, seq LIMIT :limit
)"""

RESERVE = """
UPDATE job SET state = 2, due = :due, attempts = attempts + 1 WHERE seq IN (SELECT value FROM json_each(:jobs))"""

READ = """
SELECT json_group_array(seq), json_group_array(attempts), json_group_array(lapses),
    json_group_array(length(CAST(job.id AS BLOB))), CAST(group_concat(CAST(job.id AS BLOB), '') AS BLOB),
    json_group_array(length(body)), CAST(group_concat(body, '') AS BLOB)
FROM json_each(:jobs) AS chosen CROSS JOIN job ON job.seq = chosen.value"""

#: Which of the receipts, as {seq: attempts}, are good at the time `now`.
HELD = """
SELECT json_group_array(seq), json_group_array(attempts)
FROM json_each(:receipts) AS receipt CROSS JOIN job ON job.seq = CAST(receipt.key AS INTEGER)
WHERE job.attempts = receipt.value AND queue = :queue AND state = 2 AND due > :now"""

# What becomes of the jobs held.
DELETE = "DELETE FROM job WHERE seq IN (SELECT value FROM json_each(:jobs))"
RELEASE = "UPDATE job SET state = :state, due = :due, lapses = 0 WHERE seq IN (SELECT value FROM json_each(:jobs))"
TOUCH = "UPDATE job SET due = :due WHERE seq IN (SELECT value FROM json_each(:jobs))"
BURY = """
UPDATE job SET state = 4, lapses = 0, reason = :reason,
    due = held.key + 1 + ifnull((SELECT max(due) FROM job WHERE queue = :queue AND state = 4), 0)
FROM json_each(:jobs) AS held WHERE seq = held.value"""

KICK = """
UPDATE job SET state = 1, due = 0, reason = '' WHERE seq IN (
    SELECT seq FROM job WHERE queue = :queue AND state = 4 ORDER BY due, priority, seq LIMIT :limit
)"""

PURGE = f"DELETE FROM job WHERE seq IN (SELECT seq FROM job WHERE queue = :queue LIMIT {STEP})"

COUNTS = """
SELECT
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 1)
    + (SELECT count(*) FROM job WHERE queue = :queue AND state IN (2, 3) AND due <= :now),
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 3 AND due > :now),
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 2 AND due > :now),
    (SELECT count(*) FROM job WHERE queue = :queue AND state = 4)"""

PEEK = """
SELECT id, body, attempts, due, reason FROM job WHERE queue = :queue AND state = :state
ORDER BY due, priority, seq LIMIT :limit"""

#: From name to next name, one seek each, however many jobs they hold.
QUEUES = """
WITH RECURSIVE found (name) AS (
    SELECT min(queue) FROM job
    UNION ALL SELECT (SELECT min(queue) FROM job WHERE queue > name) FROM found WHERE name IS NOT NULL
)
SELECT name FROM found WHERE name IS NOT NULL"""
