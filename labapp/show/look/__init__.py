"""A look into the broker: queues opened, deadlines, results, and what every key is for.

Nothing is changed: keys are scanned, lengths asked, pieces read, all within a budget. What is read
is hostile: it is never unpickled or unpacked, and shown as text.
"""
