"""Who is kept out and what is stopped: bans, fuses, typed limits."""
