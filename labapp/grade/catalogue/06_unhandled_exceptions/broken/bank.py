"""The bank, as a stand-in: it says what stands in the list `bank:<order>`, and yes when that is empty.

    server.rpush("bank:17", "busy", "busy")        # busy twice, then it takes the money
    server.rpush("bank:18", "no: card expired")    # final

Each call is noted, with the time, in the list `calls:<order>`. Not yours to change.
"""

import os
import secrets

import redis

server = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


class Busy(ConnectionError):
    """Not now. Try again."""


class Refused(ValueError):
    """No, and asking again will not help."""


def charge(order, cents):
    """The number of the receipt; Busy or Refused where there is none."""
    seconds, micros = server.time()
    server.rpush(f"calls:{order}", seconds + micros / 1e6)
    says = server.lpop(f"bank:{order}") or "yes"
    if says == "busy":
        raise Busy("the bank is busy")
    if says.startswith("no"):
        raise Refused(f"order {order}: {says}")
    receipt = f"R-{order}-{secrets.token_hex(4)}"
    server.hset("receipts", order, receipt)
    return receipt
