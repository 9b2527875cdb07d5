"""The command line: a file for each command, and the options, plan and progress that they share."""
