"""An app whose one task starts two children that outlive it, one in a session of its own."""

import os
import subprocess

from celery import Celery
from flask import Flask

app = Flask(__name__)
celery = Celery("spawner", broker=os.environ["REDIS_URL"], backend=os.environ["REDIS_URL"])


@celery.task(name="spawn")
def spawn():
    subprocess.Popen(["sleep", "300"])
    subprocess.Popen(["sleep", "300"], start_new_session=True)
