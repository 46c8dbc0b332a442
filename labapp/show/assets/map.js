// The map of a lab: parts, dots, what was drawn as a list, and what is known of the opened part.

const MOST_LINES = 200;
const SEEN_EVERY = 5000; // milliseconds; the kernel reads depths only while somebody looks

function keyButton(text, press) {
  const node = el("button", "lab-key", text);
  node.type = "button";
  node.addEventListener("click", press);
  return node;
}

function toggle(text, changed) {
  const node = keyButton(text, () => {
    const on = node.getAttribute("aria-pressed") !== "true";
    setAttr(node, "aria-pressed", on);
    changed(on);
  });
  setAttr(node, "aria-pressed", false);
  return node;
}

function drawnList() {
  const node = el("details", "lab-drawn");
  node.append(el("summary", "", "What was drawn, as a list"));
  const list = node.appendChild(el("ol"));
  setAttr(list, "aria-label", "What was drawn");
  list.tabIndex = 0; // it scrolls, so keys have to reach it
  return {
    node,
    add({ id, name }, { station, word, text, at, key }) {
      const when = new Date(at * 1000).toISOString().slice(11, 22);
      const line = el("li", "", `${when} ${name} ${id.slice(0, 8)} ${text}`);
      for (const [key_, value] of Object.entries({ task: id, station, word, step: key }))
        setAttr(line, `data-${key_}`, value);
      list.append(line);
      if (list.childElementCount > MOST_LINES) list.firstElementChild.remove();
    },
    split({ group, name }, { at }) {
      const when = new Date(at * 1000).toISOString().slice(11, 22);
      const line = el("li", "", `${when} ${name}: a group splits into its tasks`);
      setAttr(line, "data-split", group);
      list.append(line);
    },
  };
}

function detailPane(send, closed) {
  const node = el("section", "lab-detail-pane");
  setAttr(node, "aria-label", "The opened part");
  const top = node.appendChild(el("div", "lab-top"));
  const title = top.appendChild(el("strong"));
  const about = top.appendChild(el("span", "lab-muted"));
  const reason = node.appendChild(el("p", "lab-notice"));
  const keys = node.appendChild(el("div", "lab-keys"));
  const holds = node.appendChild(el("ul", "lab-holds"));
  setAttr(holds, "aria-label", "What it holds");
  const log = node.appendChild(el("pre", "lab-mono lab-log"));
  setAttr(log, "aria-label", "Its last log lines");
  log.tabIndex = 0; // it scrolls, so keys have to reach it
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    closed();
  });
  let actions = "";

  function setKeys(detail) {
    const now = JSON.stringify([detail.part, detail.actions]);
    if (now === actions) return;
    actions = now;
    const had = keys.contains(document.activeElement);
    const close = keyButton("Close", closed);
    const buttons = detail.actions.map(({ do: act, label, says }) => {
      const button = keyButton(label, () => send({ do: act, part: detail.part }));
      setAttr(button, "aria-label", `${label} ${detail.part}`);
      if (says) setAttr(button, "title", says);
      return button;
    });
    keys.replaceChildren(...buttons, close);
    if (had) keys.firstElementChild.focus();
  }

  return {
    node,
    set(detail) {
      show(node, Boolean(detail));
      if (!detail) return;
      setText(title, detail.title);
      setText(about, detail.about);
      setText(reason, detail.reason);
      show(reason, detail.reason !== "");
      setKeys(detail);
      const held = detail.held.length ? detail.held : ["It holds no task now."];
      holds.replaceChildren(...held.map((line) => el("li", "", line)));
      setText(log, detail.lines.join("\n") || "No log lines yet.");
    },
    focus: () => keys.firstElementChild?.focus(),
  };
}

function draw(card, send) {
  const view = Math.random().toString(36).slice(2);
  const motion = matchMedia("(prefers-reduced-motion: reduce)");
  card.classList.add("lab-map");
  const top = card.appendChild(el("div", "lab-top"));
  top.append(el("strong", "", "Map of the lab"));
  const summary = top.appendChild(el("span", "lab-muted lab-summary"));
  const picture = card.appendChild(svg("svg", { class: "lab-map-svg", role: "group" }));
  setAttr(picture, "aria-label", "The parts of the lab; Enter opens one");
  const bar = card.appendChild(el("div", "lab-keys"));
  const behind = el("span", "lab-muted lab-behind");
  const more = card.appendChild(el("p", "lab-muted"));
  const notes = card.appendChild(el("div", "lab-notes"));
  const list = drawnList();
  const reader = announcer(card);
  let opened = "";
  let wanted = false;

  function close() {
    send({ do: "open", part: "" });
    stage.focus(opened);
  }
  const pane = detailPane(send, close);
  const stage = makeStage(picture, (part, key) => {
    opened = key;
    wanted = true;
    send({ do: "open", part });
  });
  const player = makePlayer(picture, {
    still: () => motion.matches,
    arrived: (model, step) => list.add(model, step),
    split: (model, step) => list.split(model, step),
  });
  bar.append(
    toggle("Pause", player.setPaused),
    toggle("Slow motion", player.setSlow),
    behind,
  );
  card.append(pane.node, list.node);

  function sayBehind() {
    const seconds = player.behind();
    const words = `the picture runs ${seconds.toFixed(1)} s behind`;
    setText(behind, seconds >= 0.3 ? words : "the picture is up to date");
  }

  // Only on screen: else nothing is animated, and Redis is not asked for the lengths of queues.
  let onScreen = false;
  const seen = () => send({ do: "seen", view, on: onScreen && !document.hidden });
  const observer = new IntersectionObserver((entries) => {
    onScreen = entries.at(-1).isIntersecting;
    player.setVisible(onScreen);
    seen();
  });
  observer.observe(picture);
  document.addEventListener("visibilitychange", seen);
  const beat = setInterval(() => onScreen && seen(), SEEN_EVERY);
  const clock = setInterval(sayBehind, 250);

  let headDrawn;
  let detailDrawn;

  function drawHead(head) {
    setText(summary, head.summary);
    setText(more, head.more);
    show(more, head.more !== "");
    const lines = [...head.notes, head.message].filter(Boolean);
    if (notes.dataset.lines !== JSON.stringify(lines)) {
      notes.dataset.lines = JSON.stringify(lines);
      notes.replaceChildren(...lines.map((line) => el("p", "lab-notice", line)));
    }
    const down = [...card.querySelectorAll(".lab-down")].map((box) => box.getAttribute("aria-label"));
    reader.say([head.summary, ...down, ...lines].join(". "));
  }

  pane.set(null);
  function update(state, now) {
    if (!state.has("stage")) return;
    const drawn = stage.update(state);
    player.update(state, drawn, now);
    if (state.get("head") !== headDrawn) drawHead((headDrawn = state.get("head")));
    if (state.get("detail") !== detailDrawn) pane.set((detailDrawn = state.get("detail")));
    if (wanted && detailDrawn) {
      wanted = false;
      pane.focus();
    }
  }

  return {
    update,
    close() {
      onScreen = false;
      seen();
      observer.disconnect();
      document.removeEventListener("visibilitychange", seen);
      clearInterval(beat);
      clearInterval(clock);
      player.close();
      reader.close();
    },
  };
}

export default live(draw);
