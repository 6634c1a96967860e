"""The promises of the contract, one class each: its docstring is the promise, its tests are what follows."""
