"""Suites as text, from which tests make others."""

SMALL = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 28
backbones = ["conv4"]
losses = ["triplet"]
"""

HEAD = SMALL.partition("backbones")[0]  # of a suite of single cells

CELL = '[[cells]]\nbackbone = "conv4"\nloss = "triplet"\n'

FIGURE = '[[published]]\nmethod = "m"\ntask = "t"\naccuracy = 1.0\nsource = "s"\ntrust = "read"\n'

SEVERAL = SMALL.replace("typefaces", "omniglot").replace('protocol = "scripts"', 'protocols = ["lake", "vinyals"]')

PAPER = """
[[published]]
method = "m"
source = "s"
trust = "read"
accuracy = { "5-way 1-shot" = 98.8, "20-way 1-shot" = 96 }
half_width = { "20-way 1-shot" = 0.5 }
"""

OWN = SMALL.replace('"typefaces"', '"folder:my.people"').replace('"scripts"', '"held_out"')

FOLDED = HEAD.replace("scripts", "pairs").replace("typefaces", "folder:people") + "folds = 3\n" + CELL
