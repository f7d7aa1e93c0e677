"""Calls without money: the words of SIP, its machines, and one sans-IO engine; imports no other room."""
