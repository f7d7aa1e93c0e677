"""`python -m appliance` is the same as `tollhouse`."""

from appliance.cli import main

main()
