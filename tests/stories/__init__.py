"""Stories as an owner would tell them: real SIP clients against a real server process."""
