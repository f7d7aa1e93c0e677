"""Receipts from the server's queue to the printer of this computer.

`ports` delivers bytes to a printer, in a thread, within a time; `queue` takes one print job after the other and tells
the server what became of it. The server renders; nothing here knows what a receipt says.
"""
