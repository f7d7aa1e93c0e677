"""Peers for the tests: a running appliance, sipp, baresip, scripted phones and trunks. Loopback only."""
