"""Known mistakes of evaluations, made on purpose, for what each does to the figure of one trained network.

Each is a function from the right `Setting` of an evaluation to the mistaken one, so that all else stays the same. Only
runs of the suite `pitfalls` come here. "Test" in a mistake's name means the classes that are measured, those of val.
"""
