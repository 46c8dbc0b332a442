"""The checks: one module an exercise, each with one function `check(trial)`."""
