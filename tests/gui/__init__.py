"""The console's screens against a fake server, and the whole against a real one."""
