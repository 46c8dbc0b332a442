"""What an author runs: the build of the committed notebooks."""
