"""What crosses the LAN: frozen request and view types, strict both ways, one file a noun.

codec       JSON in and out, faults named by field
problem     the shape of an error
changes     the news of the change stream
operations  ONE table of everything that can be asked of a server
"""
