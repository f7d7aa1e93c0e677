"""The data kept and described: backups, retention, description file, export, verify, self-check, support."""
