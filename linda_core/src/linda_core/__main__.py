"""`python -m linda_core` is `linda`."""

from linda_core.cli import main

main()
