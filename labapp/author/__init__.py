"""What an author runs: the build of the committed notebooks, exercises and their proofs."""
