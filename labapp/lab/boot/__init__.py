"""What runs inside the service processes: the guardian, and the first lines of each service.

Nothing here imports the rest of `labapp.lab`, and nothing here draws.
"""

VIEWERS = "labapp:viewers"
"""The key that every viewer holds in Redis; it lives ten seconds after the last of them let go."""
