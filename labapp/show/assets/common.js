// Shared by every live display. It is joined in front of the display's own file, since a widget
// is one module. Text from tasks and logs goes through textContent and setAttribute only.

const STALE = "kernel restarted - run the cell again";
const SAY_EVERY = 2000; // milliseconds between two sentences for a screen reader

function el(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function setAttr(node, name, value) {
  const text = String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

function show(node, visible) {
  if (node.hidden === visible) node.hidden = !visible;
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

function duration(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  const rest = String(Math.floor(seconds % 60)).padStart(2, "0");
  return `${Math.floor(seconds / 60)} min ${rest} s`;
}

// One polite line for screen readers: the newest sentence, at most each two seconds.
function announcer(card) {
  const line = card.appendChild(el("div", "lab-hidden"));
  line.setAttribute("role", "status");
  line.setAttribute("aria-live", "polite");
  let timer = null;
  let next = "";
  let last = 0;
  function say() {
    timer = null;
    last = Date.now();
    setText(line, next);
  }
  return {
    say(sentence) {
      if (sentence === next) return;
      next = sentence;
      if (timer === null) timer = setTimeout(say, Math.max(0, last + SAY_EVERY - Date.now()));
    },
    close: () => clearTimeout(timer),
  };
}

// A display: changes are folded into one state a model, so that a second view and a page that
// joins late show the same. draw(el, send) gives {update(state, now), close()}.
function live(draw) {
  return () => {
    const state = new Map();
    const views = new Set();
    let behind = 0; // this page's clock minus the kernel's, in seconds
    let frame = null;

    function fold(changes) {
      for (const [key, value] of Object.entries(changes ?? {})) {
        if (key === "now") behind = Date.now() / 1000 - value;
        else if (value === null) state.delete(key);
        else state.set(key, value);
      }
    }

    function drawAll() {
      frame = null;
      for (const view of views) view.update();
    }

    function schedule() {
      if (frame === null) frame = requestAnimationFrame(drawAll);
    }

    return {
      initialize({ model }) {
        fold(model.get("snapshot"));
        const changed = () => {
          fold(model.get("changes"));
          schedule();
        };
        model.on("change:changes", changed);
        return () => {
          model.off("change:changes", changed);
          if (frame !== null) cancelAnimationFrame(frame);
        };
      },

      render({ model, el: root }) {
        const card = root.appendChild(el("div", "lab-card"));
        const drawing = draw(card, (content) => model.send(content));
        const gone = card.appendChild(el("p", "lab-gone", STALE));
        gone.hidden = true;
        const view = {
          update: () => drawing.update(state, () => Date.now() / 1000 - behind),
        };
        const grey = () => {
          card.classList.add("lab-stale");
          show(gone, true);
          for (const button of card.querySelectorAll("button")) button.disabled = true;
          views.delete(view);
          drawing.close();
        };
        // Fired once a model's life, after it was made: when its kernel is gone.
        model.on("comm_live_update", grey);
        views.add(view);
        view.update();
        if (root.classList.contains("jupyter-widgets-disconnected")) grey();
        return () => {
          model.off("comm_live_update", grey);
          views.delete(view);
          drawing.close();
        };
      },
    };
  };
}
