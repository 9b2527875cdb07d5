"""Papers whose figures the suites hold, and ours beside them."""
