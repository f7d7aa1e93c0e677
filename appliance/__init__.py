"""Tollhouse: a VoIP reseller's back office in one program. This is the map of the house.

    start     __main__ > cli > cli_serve, cli_read, cli_change, cli_keep > cli_reach, cli_print > demo > demo_agent
    faces     server                      the one wiring room of `tollhouse serve`
    doors     api | switch > http_common  operators and programs; phones
    verbs     services                    the only writers; own the unit of work
    keeping   store                       all SQL
    pure      billing | sip | wire        money without calls; calls without money; what crosses the LAN
    tools     config | logs > i18n > paths | clock | chance | money > errors

Upper may import lower, never the reverse; `pyproject.toml` holds the same floors as a contract and
`tests/house` proves it. ARCHITECTURE.md draws the flows.
"""

__version__ = "0.1.0"
