"""What an interview asks: the question bank, and how each answer is proved in the running lab."""

from labapp.interview.bank import BankError, questions, topics
from labapp.interview.question import Level, Proof, Question, Topic

__all__ = ["BankError", "Level", "Proof", "Question", "Topic", "questions", "topics"]
