"""Linda's broker for Redis and Valkey; `linda_core.new_broker("redis://…")` finds it by itself."""
