"""What runs inside the service processes: the guardian, and the first lines of each service.

Nothing here imports the rest of `labapp.lab`, and nothing here draws.
"""
