"""How jobs are run: each part alone with a clock moved by hand, then whole programs, some of which are killed."""
