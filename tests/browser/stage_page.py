"""A small page that runs a display's own JavaScript and CSS, without JupyterLab around it.

A real lab and the real display on one side, a real browser on the other; this carries what
changes to the page, and what is clicked back.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from labapp.show.front import Front

HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>stage</title>
<style>%s</style><style>%s</style></head>
<body><main id="root"></main></body></html>"""

#: As JupyterLab's dark theme has them.
DARK = """:root { --jp-ui-font-color1: #fff; --jp-ui-font-color2: rgba(255,255,255,0.7);
  --jp-layout-color1: #111; --jp-layout-color2: #424242; --jp-border-color1: #616161;
  --jp-border-color2: #424242; --jp-brand-color1: #64b5f6; --jp-success-color1: #388e3c;
  --jp-error-color1: #f44336; --jp-warn-color1: #ffa726; --jp-content-link-color: #90caf9; }
  body { background: #111; }"""

# What anywidget gives a widget, as far as ours use it.
MODEL = """async (source) => {
  const url = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  const widget = (await import(url)).default();
  const values = new Map();
  const handlers = new Map();
  window.sent = [];
  window.model = {
    get: name => values.get(name),
    set: (name, value) => {
      values.set(name, value);
      for (const handler of handlers.get(`change:${name}`) ?? []) handler();
    },
    on: (name, handler) => handlers.set(name, [...(handlers.get(name) ?? []), handler]),
    off: () => {},
    send: content => window.sent.push(content),
    fire: name => (handlers.get(name) ?? []).forEach(handler => handler()),
  };
  window.begin = snapshot => {
    window.model.set('snapshot', snapshot);
    widget.initialize({model: window.model});
    window.end = widget.render({model: window.model, el: document.getElementById('root')});
  };
}"""


class StandIn:
    """Stands where the widget stands: keeps what is put until the page takes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: dict[str, Any] = {}
        self._waiting: list[dict[str, Any]] = []

    def put(self, model: dict[str, Any]) -> None:
        with self._lock:
            changed = {key: value for key, value in model.items() if self._shown.get(key) != value}
            changed.update(dict.fromkeys(self._shown.keys() - model.keys()))
            self._shown = model
            if changed:
                self._waiting.append({**changed, "now": time.time()})

    def take(self) -> list[dict[str, Any]]:
        with self._lock:
            taken, self._waiting = self._waiting, []
            return taken


class Stage:
    """One display on one page."""

    def __init__(self, page: Page, kind: type[Front], clicked: Callable[[Any], Any]) -> None:
        self.page = page
        self.front = StandIn()
        self._kind = kind
        self._clicked = clicked

    def begin(self, dark: bool = False) -> None:
        """Open the page and render."""
        self.page.set_content(
            HTML % (DARK if dark else "body { background: #fff }", self._kind._css)
        )
        self.page.evaluate(MODEL, str(self._kind._esm))
        first: dict[str, Any] = {}
        until = time.monotonic() + 10
        while "head" not in first:
            assert time.monotonic() < until, "the display has put nothing"
            for changes in self.front.take():
                first.update(changes)
            time.sleep(0.02)
        self.page.evaluate("snapshot => window.begin(snapshot)", first)

    def pump(self, seconds: float = 0.0, until: Callable[[], bool] | None = None) -> None:
        """Carry changes and clicks for so long, or until something is true (15 s at most)."""
        end = time.monotonic() + (15 if until else seconds)
        while True:
            for changes in self.front.take():
                self.page.evaluate("changes => window.model.set('changes', changes)", changes)
            for content in self.page.evaluate("window.sent.splice(0)"):
                self._clicked(json.loads(json.dumps(content)))
            if until is not None and until():
                return
            if time.monotonic() > end:
                assert until is None, "what was waited for did not come"
                return
            self.page.wait_for_timeout(25)
