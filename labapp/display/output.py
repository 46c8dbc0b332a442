"""One output of a cell: a widget while something lives, a picture once it has ended.

The picture replaces the view instead of standing beside it, since a stored view that has lost
its kernel is shown as an error, whatever lies next to it.
"""

from __future__ import annotations

import logging
import threading
from typing import Any, Protocol

from labapp.display.escape import clean, escape
from labapp.display.kernel import cell_number, in_kernel

VIEW = "application/vnd.jupyter.widget-view+json"
log = logging.getLogger(__name__)


class Viewable(Protocol):
    """A widget, as far as an output needs to know it."""

    @property
    def model_id(self) -> str: ...

    @property
    def joined_late(self) -> bool:
        """Whether a page shows it that will not be shown the picture."""

    def close(self) -> None: ...


class LiveOutput:
    """Shows a widget now and its last picture later, in the same place.

    ``text`` is one constant line (text/plain); ``placeholder`` is html that is true at any time,
    for a page that cannot show the widget. Where there is no widget, since ipywidgets or anywidget
    is not installed, the html says when there will be something to see. Outside a kernel nothing
    is shown. All methods may be called from any thread, except that ``show`` belongs to the thread
    that runs the cell.
    """

    def __init__(
        self, text: str, widget: Viewable | None = None, placeholder: str | None = None
    ) -> None:
        self.text = clean(text)
        self.placeholder = placeholder or f"<p>{escape(text)}: run this cell to watch it live.</p>"
        self._without_widget = (
            f"<p>{escape(text)}: it is shown here when it has ended. "
            "To see it live, install ipywidgets and anywidget.</p>"
        )
        self._widget = widget
        self._handles: list[Any] = []
        self._shown_in: int | None = None
        self._picture: str | None = None
        self._lock = threading.Lock()

    @property
    def finished(self) -> bool:
        return self._picture is not None

    def attach(self, widget: Viewable | None) -> None:
        """The widget to show, if it could not be made before; None shows html alone."""
        with self._lock:
            self._widget = widget
            if self.finished:
                self._close_widget()

    def show(self) -> None:
        """Display in the cell that runs now; once more for a further view of the same thing."""
        if not in_kernel():
            return
        from IPython.display import display

        with self._lock:
            handle = display(self._bundle(), raw=True, display_id=True)
            if handle is not None and not self.finished:
                self._handles.append(handle)

    def show_once_a_cell(self) -> None:
        """Display, unless the cell that runs now shows it already, as whose last expression it
        would come twice; outside a kernel the text is printed."""
        if not in_kernel():
            print(self.text)
        elif self._shown_in != cell_number():
            self.show()
            self._shown_in = cell_number()

    def finish(self, picture: str) -> None:
        """Put ``picture`` (html) in place of every view, then close the widget. Once; later
        calls change nothing.

        A page that was reloaded meanwhile has the widget and no way to the picture: for it the
        widget stays, with what it showed last.
        """
        with self._lock:
            if self.finished:
                return
            self._picture = picture
            for handle in self._handles:
                handle.update(self._bundle(), raw=True)
            self._handles.clear()
            self._close_widget()

    def _bundle(self) -> dict[str, Any]:
        waiting = self.placeholder if self._widget is not None else self._without_widget
        bundle: dict[str, Any] = {"text/html": self._picture or waiting}
        if self._widget is not None and not self.finished:
            bundle[VIEW] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self._widget.model_id,
            }
        bundle["text/plain"] = self.text
        return bundle

    def _close_widget(self) -> None:
        # After the update, never before it: closing first hides the whole output in the page.
        widget, self._widget = self._widget, None
        if widget is None:
            return
        try:
            if not widget.joined_late:
                widget.close()
        except Exception:
            log.debug("a widget could not be closed", exc_info=True)
