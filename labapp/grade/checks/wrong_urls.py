"""03_wrong_urls: one address, as REDIS_URL has it, and a bad one is refused at start."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from labapp.grade.trial import Answer, Outcome, Trial

READERS = ("Ada", "Grace", "Edsger", "Barbara", "Alan", "Frances", "Donald", "Radia")
#: Each begins with the whole of the right one, so that a look at the beginning never is enough.
MISSPELT = ("redisss", "redis+tls", "redisx", "redis-s")
PROGRAMS = {
    "web app": ("-c", "import news_web"),
    "worker": ("-m", "celery", "-A", "news_worker:celery", "worker", "-P", "solo", "-l", "ERROR"),
}
IMPORT_BOTH = ("-c", "import news_web, news_worker")
DATABASES = 16
ELSEWHERE = ", in another database"


def check(trial: Trial) -> None:
    """One round in database 0, one in another, and four starts with a bad address, one with TLS."""
    secret = "".join(trial.draw.choices("bcdfghjkmnpqrstvwxz23456789", k=14))
    other = trial.draw.randint(10, DATABASES - 1)
    port = trial.draw.randint(20_000, 60_000)
    place = f"desk:{secret}@localhost:{port}/1?ssl_cert_reqs=required"
    trial.start(workers=0)
    first_round(trial)
    with ThreadPoolExecutor(5) as side_by_side:
        starts = begin_bad_starts(trial, secret, side_by_side)
        with_tls = begin_with_tls(trial, place, side_by_side)
        second_round(trial, other)
        see_bad_starts(trial, secret, starts)
        see_with_tls(trial, secret, with_tls)


def first_round(trial: Trial) -> None:
    """The worker away, then there; the address ends in /0."""
    issues = [send(trial) for _ in range(2)]
    accepted(trial, issues)
    keys = [key for held in keys_by_database(trial).values() for key in held]
    early = [trial.get(f"/issues/{sent.get('task_id')}").get("state") for sent, _ in issues]
    if not trial.require(
        "An issue waits while the worker is away",
        keys and "SUCCESS" not in early,
        expected="0 done",
        seen=f"{early.count('SUCCESS')} done" if keys else "nothing waits",
        diagnosis="in-the-web",
    ):
        trial.end()
    trial.add_worker()
    if not comes_back(trial, issues) or not only_in(trial, 0):
        trial.end()


def second_round(trial: Trial, database: int) -> None:
    """Another lab, whose address names another database."""
    trial.start(database=database, says=f"Web app and worker start{ELSEWHERE}")
    issues = [send(trial)]
    accepted(trial, issues, ELSEWHERE)
    if comes_back(trial, issues, ELSEWHERE):
        only_in(trial, database, ELSEWHERE)


def send(trial: Trial) -> tuple[Answer, str]:
    """Order one issue; the answer, and the text that the worker must make of it."""
    issue, reader = trial.draw.randint(2, 400), trial.draw.choice(READERS)
    text = f"Issue {issue}, for {reader}: {len(reader) * issue} lines"
    return trial.post("/issues", {"issue": issue, "reader": reader}), text


def accepted(trial: Trial, issues: list[tuple[Answer, str]], where: str = "") -> None:
    """Each POST is answered with 202, or the check ends."""
    other = sorted({sent.status for sent, _ in issues if sent.status != 202})
    seen = ", ".join(map(str, other)) or "202"
    if not trial.require(f"POST /issues is accepted{where}", not other, expected="202", seen=seen):
        trial.end()


def comes_back(trial: Trial, issues: list[tuple[Answer, str]], where: str = "") -> bool:
    """Whether the web app hands out what the worker made; if not, where it got stuck."""
    told: list[Answer] = []

    def all_told() -> bool:
        told[:] = [trial.get(f"/issues/{sent.get('task_id')}") for sent, _ in issues]
        # A route that asks twice may tell of a success without the text that it has by now.
        return all(
            answer.get("state") == "SUCCESS" and answer.get("text") is not None for answer in told
        )

    trial.eventually(all_told, 5.0, every=0.05)
    texts = [answer.get("text") for answer in told]
    right = sum(text == wanted for text, (_, wanted) in zip(texts, issues, strict=True))
    states = sorted({str(answer.get("state", answer.status)) for answer in told})
    seen = f"{right} right" + (f"; {', '.join(states)}" if right < len(issues) else "")
    return trial.require(
        f"The web app hands out what the worker made{where}",
        right == len(issues),
        expected=f"{len(issues)} right",
        seen=seen,
        diagnosis=stuck(trial, issues, told) if right < len(issues) else "",
    )


def stuck(trial: Trial, issues: list[tuple[Answer, str]], told: list[Answer]) -> str:
    """Where the first issue that did not come back is."""
    wanted = [text for _, text in issues]
    for answer, text in zip(told, wanted, strict=True):
        if answer.get("state") == "SUCCESS" and answer.get("text") != text:
            return "wrong-result"
    ids = [sent.get("task_id") for sent, _ in issues]
    with_result = [n for n, keys in keys_by_database(trial).items() if _results(keys, ids)]
    if not with_result:
        waiting = any("celery" in keys for keys in keys_by_database(trial).values())
        return "worker-elsewhere" if waiting else "something-else"
    silent = any(answer.status >= 500 for answer in told)
    return "no-result-store" if silent else "results-elsewhere"


def _results(keys: set[str], ids: list[Any]) -> bool:
    return any(f"celery-task-meta-{one}" in keys for one in ids)


def keys_by_database(trial: Trial) -> dict[int, set[str]]:
    """The keys in each database that has any."""
    found = {}
    # One connection that moves: an address with a number in it overrides db=.
    client = trial.stack.redis.client(single_connection_client=True)
    for number in range(DATABASES):
        client.select(number)
        if keys := set(client.scan_iter(count=1000)):
            found[number] = keys
    client.close()
    return found


def only_in(trial: Trial, database: int, where: str = "") -> bool:
    """Whether all keys lie in the database that REDIS_URL names."""
    found = keys_by_database(trial)
    others = len([number for number in found if number != database])
    alone = list(found) == [database]
    here = "it and " if database in found else ""
    return trial.require(
        f"Everything lies in the database that REDIS_URL names{where}",
        alone,
        expected="keys in it alone",
        seen="keys in it alone" if alone else f"keys in {here}{others} others",
        detail=f"REDIS_URL names {database}; keys in {', '.join(map(str, found)) or 'none'}",
        diagnosis="other-databases" if database in found else "not-from-environment",
    )


def begin_bad_starts(
    trial: Trial, secret: str, pool: ThreadPoolExecutor
) -> dict[tuple[str, str], Future[Outcome]]:
    """Start web app and worker with an address without a scheme, and with a misspelt one."""
    where = f":{secret}@127.0.0.1:{trial.draw.randint(20_000, 60_000)}/0"
    addresses = {
        "without a scheme": where.removeprefix(":"),
        "with a misspelt scheme": f"{trial.draw.choice(MISSPELT)}://{where}",
    }
    return {
        (program, kind): pool.submit(
            trial.run, *PROGRAMS[program], env={"REDIS_URL": address}, timeout=7.0
        )
        for kind, address in addresses.items()
        for program in PROGRAMS
    }


def see_bad_starts(
    trial: Trial, secret: str, starts: dict[tuple[str, str], Future[Outcome]]
) -> None:
    """Each of them ends, and its last line names the variable and not the password."""
    named: set[str] = set()
    for (program, kind), future in starts.items():
        ended = future.result()
        seen = how_it_ended(ended, secret)
        if seen == GOOD:
            named.add(program)
        passes = "no-scheme-passes" if "without" in kind else "misspelt-passes"
        elsewhere = "worker-not-checked" if program == "worker" and "web app" in named else ""
        trial.require(
            f"The {program} refuses an address {kind}",
            seen == GOOD,
            expected=GOOD,
            seen=seen,
            detail="" if secret in ended.text else last_line(ended.text),
            diagnosis={
                STARTS: elsewhere or passes,
                NAMELESS: elsewhere or "no-sentence",
                TOLD: "password-told",
            }.get(seen, ""),
        )


def begin_with_tls(
    trial: Trial, place: str, pool: ThreadPoolExecutor
) -> Future[tuple[bool, Outcome]]:
    """Import both with an address of another kind that is as good; whether it is let in."""

    def imported() -> tuple[bool, Outcome]:
        ended = trial.run(*IMPORT_BOTH, env={"REDIS_URL": f"rediss://{place}"}, timeout=7.0)
        if ended.code in (0, None):
            return True, ended
        # Who refuses redis:// there as well wants an answer of Redis, and looks at no scheme.
        plain = trial.run(*IMPORT_BOTH, env={"REDIS_URL": f"redis://{place}"})
        return plain.code != 0, ended

    return pool.submit(imported)


def see_with_tls(trial: Trial, secret: str, started: Future[tuple[bool, Outcome]]) -> None:
    """An address is not refused for the scheme with TLS."""
    good, ended = started.result()
    trial.require(
        "An address with rediss:// is not refused",
        good,
        expected="not refused",
        seen="not refused" if good else "refused",
        detail="" if good or secret in ended.text else last_line(ended.text),
        diagnosis="good-refused",
    )


STARTS = "it starts"
NAMELESS = "it ends without naming REDIS_URL"
TOLD = "it ends and shows the password"
GOOD = "it ends, naming REDIS_URL"


def how_it_ended(ended: Outcome, secret: str) -> str:
    if ended.code in (0, None):
        return STARTS
    if "REDIS_URL" not in last_line(ended.text):
        return NAMELESS
    return TOLD if secret in ended.text else GOOD


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""
