"""Eight lines: `python hello.py` pushes and runs; stop it with Ctrl-C."""

import linda_core as linda


@linda.handler
def greet(name: str) -> None:
    print(f"Hello, {name}!")


if __name__ == "__main__":
    greet.push("Linda")
    linda.run()
