"""The console: a Qt program of its own that speaks to a server in the words of `wire/` and knows nothing else of it.

`app` starts it · `connect_dialog` signs in · `client` and `event_stream` are the line to the server, `server_watch` says when it
is away · `desk` is what every screen is handed · `main_window` the frame, `palette` the way by name · `screen` what a screen is,
`screens/` one file each, listed in its `__init__` · `table_model` pages of a list · `operation` asks and shows what went
wrong · `change_listener` tells screens what changed · `widgets/` parts of screens · `words` language and formats · `theme`, `icons`.

Law: no screen tells another; everything a screen shows was asked of the server.
"""
