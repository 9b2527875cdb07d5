"""Names that specs and records are written in: stages, rules, kinds of tasks, figures."""

STAGES = ("val", "test")
SHOT_RULES = ("mean_score", "mean_embedding", "attention", "linear_head", "cosine_head")
NORMALISE = ("none", "own", "imagenet")
LEARNED, SELECTED = "measured_in_training", "selected_on_measured"  # pitfalls of a training
FOLD = "fold"  # an option of protocols that test each fold of their classes by a network learned from the others
VERIFICATION = "verification"  # a kind of task: one pair, same or different
IDENTIFICATION = "identification"  # of probes among enrolled identities
OPEN_SET = "open set"  # a kind of task that also has queries of classes without a support
FORGED, RANDOM = "forged", "random"  # roles of probes of another maker: a forgery of the class, an image of another one
CALLED = {FORGED: "skilled forgeries", RANDOM: "random forgeries"}  # in words
PAIR_FIGURES = ("ROC area", "equal error")  # of verification pairs
SKILLED_FIGURES = tuple(f"{name}, {CALLED[FORGED]}" for name in PAIR_FIGURES)  # where there are forgeries
OPEN_FIGURES = ("ROC area", "OSCR")  # of an open set, in each task
BATCH_STATISTICS = "batch statistics"  # suffix of a kind of task whose queries share batch-norm statistics
