"""Tables and figures for LaTeX: documents that compile as they are, and snippets for a paper."""
