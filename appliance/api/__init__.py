"""The operators' and programs' door: HTTP in, services asked, JSON out. It translates and has no rules.

bindings  ONE table: operation to service method
site      /api/v1 and /healthz
request_reading  what comes in
replies   what goes out
long_reads  reads in threads
event_stream  what changes, as it changes
openapi   the description of all this
rate_limits  how much one asker may ask
control   the folder owner's loopback door for commands
auth      who asks
problems  errors as problem+json
"""
