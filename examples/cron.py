"""A periodic job: it ends by putting itself back. Run with `linda run cron`, once pushed with `python cron.py`."""

import linda_core as linda

linda.set_settings(linda.Settings(queue="scheduler"))


def tick(job: linda.Job) -> None:
    """One job object for ever: killed workers, restarts and retries do not lose it, and it never runs twice at once."""
    print(f"tick {job.attempts}")
    linda.get_broker().release_with_delay("scheduler", job, 60)


linda.register_workers("tick", tick, max_attempts=None)

if __name__ == "__main__":
    linda.get_broker().push(linda.Job("tick", id="the-only-tick"), "scheduler")
