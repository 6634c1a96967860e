-- Linda's jobs in SQLite, version 1. A job is one row, from push to delete.

PRAGMA application_id = 0x4C696E64; -- "Lind": tells our files from other programs'
PRAGMA user_version = 1;

CREATE TABLE job (
    seq      INTEGER PRIMARY KEY AUTOINCREMENT, -- its age; never used again, so that a stale receipt fits no other job
    queue    TEXT    NOT NULL,
    id       TEXT    NOT NULL DEFAULT (lower(hex(randomblob(16)))),
    state    INTEGER NOT NULL DEFAULT 1,        -- 1 ready, 2 reserved, 3 delayed, 4 buried
    due      REAL    NOT NULL DEFAULT 0,        -- 2: end of the lease, 3: end of the delay (epoch seconds);
                                                -- 4: number in the order of burial; 1: always 0
    priority INTEGER NOT NULL DEFAULT 65536,    -- 0 is the most urgent
    attempts INTEGER NOT NULL DEFAULT 0,        -- how often it was handed out
    lapses   INTEGER NOT NULL DEFAULT 0,        -- how often in a row its lease ran out
    reason   TEXT    NOT NULL DEFAULT '',       -- why it was buried
    body     BLOB    NOT NULL                   -- the envelope
) STRICT;

-- By this a repeated push is recognised.
CREATE UNIQUE INDEX job_identity ON job (queue, id);

-- The jobs of each state in the order in which they leave it; seq, part of every index, is the last word.
CREATE INDEX job_order ON job (queue, state, due, priority);
