"""The program as it is given away: built, started, called."""
