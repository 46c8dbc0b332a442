"""Requests to a lab's web app, as a learner writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labapp.lab.errors import RequestError, StateError

if TYPE_CHECKING:
    import httpx

    from labapp.lab.web_part import WebPart


class Requests:
    """`get`, `post`, `delete` and `submit`; mixed into the Stack."""

    celery: Any

    @property
    def web(self) -> WebPart:
        """The part that answers."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The address of the web app, without a slash at its end."""
        if self.web.state == "stopped" or not self.web.address:
            raise StateError("The lab's web app is not running. Start it first: lab.start().")
        return self.web.address

    def get(self, path: str = "/", **options: Any) -> httpx.Response:
        """GET a path of the web app."""
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> httpx.Response:
        """POST to a path of the web app, a JSON body if you give one."""
        return self.request("POST", path, json=json, **options)

    def delete(self, path: str, **options: Any) -> httpx.Response:
        """DELETE a path of the web app."""
        return self.request("DELETE", path, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Any request; RequestError in a sentence when the web app does not answer."""
        import httpx

        url = self.url + "/" + path.lstrip("/")
        try:
            # trust_env=False: a proxy in the environment has no business on loopback.
            with httpx.Client(trust_env=False, timeout=30.0) as client:
                return client.request(method, url, **options)
        except httpx.TransportError as error:
            raise RequestError(
                f"The web app does not answer {method} {path} ({error or type(error).__name__}). "
                "Look at lab.web.logs(), or lab.web.restart()."
            ) from None

    def submit(self, name: str, **arguments: Any) -> Any:
        """POST /tasks/<name> with these arguments; the AsyncResult of the task comes back.

        RequestError says which argument the app refused, or that the app has no such route: then
        use `lab.post` on a route of its own.
        """
        answer = self.post(f"/tasks/{name}", json=arguments)
        if answer.status_code == 202:
            return self.celery.AsyncResult(answer.json()["task_id"])
        raise RequestError(_refusal(name, answer))


def _refusal(name: str, answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return (
            f"This web app has no POST /tasks/{name} (it answered {answer.status_code}). "
            "Use lab.post() on a route of its own."
        )
    wrong = body.get("errors")
    if isinstance(wrong, list):
        told = "; ".join(
            f"{e.get('field', '?')}: {e.get('message', e)}" if isinstance(e, dict) else str(e)
            for e in wrong
        )
        return f"{name} was not sent ({answer.status_code}): {told}"
    return f"{name} was not sent ({answer.status_code}): {body.get('error') or body}"
