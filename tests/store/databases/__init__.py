"""Databases as earlier versions left them: version-N.db.gz. See make.py."""
