"""What an interview asks: the question bank, and how each answer is proved in the running lab."""
