"""How the commands end: one table, which their ``--help`` and docs/operations.md show."""

OK = 0
FAILED = 1
USAGE = 2
INTERRUPTED = 130

MEANINGS = {
    OK: "nothing is FAIL; what is warn may be meant so",
    FAILED: "something is FAIL, or the command could not do its work",
    USAGE: "the arguments make no sense, and nothing was done",
    129: "the terminal went away (SIGHUP)",
    INTERRUPTED: "Ctrl-C (SIGINT)",
    143: "somebody ended it (SIGTERM)",
}

EPILOG = "exit status:\n" + "".join(f"  {status:<5} {meaning}\n" for status, meaning in MEANINGS.items())
