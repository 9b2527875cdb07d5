"""Networks and losses: backbones, similarities, losses and learners, and the comparisons they share."""
