"""Real servers for tests: found, started, killed and started again on the same port with the same data.

`locate.py` is the order in which a server is looked for, `server.py` what a test may do with one, and
each of the other nouns one way to have it. A further kind of server is one more file such as `redis.py`.
"""
