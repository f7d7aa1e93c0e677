"""The console: a Qt program of its own that speaks to a server in the words of `wire/` and knows nothing else of it.

`app` starts it · `connect_dialog` signs in, `lan_servers` finds servers, `staying` and `keys` keep a sign-in, `aside` does slow things
beside · `client` and `event_stream` are the line to the server, `server_watch` says when it is away · `desk` is what every screen is
handed · `main_window` the frame, `palette` the way by name, `tray` the icon outside · `screen` what a screen is, `screens/` one file each,
listed in its `__init__` · `table_model` pages of a list · `operation` asks and shows what went wrong · `change_listener` tells screens
what changed · `widgets/` parts of screens · `words` language and formats · `theme`, `icons`.

`screens/setup*` lead from an empty folder to the first billed call; what is done is read off the server each time.

Law: no screen tells another; everything a screen shows was asked of the server.
"""
