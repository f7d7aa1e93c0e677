"""What the frozen program runs first: the same as `tollhouse` anywhere else."""

from appliance.cli import main

main()
