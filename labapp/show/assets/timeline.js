// Tasks over time: the kernel says where each bar stands, the page draws it and tells its details.

function hatch(id, colour) {
  const size = { width: 5, height: 5 };
  const pattern = svg("pattern", { id, ...size, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  pattern.append(svg("path", { d: "M0 0V5", stroke: colour, "stroke-width": 3 }));
  return pattern;
}

function barNode(bar, hatches) {
  const node = svg("g", {
    class: `lab-bar-node lab-${bar.kind} lab-kind-${bar.colour}`,
    role: "img",
    "aria-label": bar.detail,
    tabindex: "-1",
  });
  node.append(svg("title", {}, bar.detail));
  const box = { x: bar.x, y: bar.y, width: bar.width, height: bar.height };
  if (bar.kind === "waiting") {
    const again = bar.state === "RETRY";
    node.append(svg("rect", { ...box, style: `fill: url(#${again ? hatches.again : hatches.wait})` }));
    return node;
  }
  if (bar.kind === "running") node.append(svg("rect", { ...box, rx: 3 }));
  const text = `${bar.sign}\ufe0e ${bar.label}`;
  const room = Math.floor((bar.width - 8) / 6.4);
  const shown = bar.kind === "moment" || text.length <= room ? text : bar.width > 12 ? text.slice(0, Math.max(1, room)) : "";
  node.append(svg("text", { x: bar.x + 4, y: bar.y + bar.height / 2 + 4 }, shown));
  return node;
}

function draw(card) {
  card.append(el("strong", "", "Timeline"));
  const picture = card.appendChild(svg("svg", { class: "lab-time-svg", role: "group" }));
  const detail = card.appendChild(el("p", "lab-time-detail lab-muted"));
  const notes = card.appendChild(el("div"));
  const reader = announcer(card);
  const mark = Math.random().toString(36).slice(2);
  const hatches = { wait: `lab-wait-${mark}`, again: `lab-again-${mark}` };
  let bars = [];
  let at = 0;

  // One stop of the tab key; arrows go from bar to bar.
  function choose(place, focus) {
    at = Math.min(Math.max(place, 0), bars.length - 1);
    bars.forEach((bar, number) => setAttr(bar, "tabindex", number === at ? "0" : "-1"));
    if (focus) bars[at]?.focus();
  }
  picture.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const place = { Home: 0, End: bars.length - 1 }[event.key] ?? (step ? at + step : null);
    if (place === null) return;
    event.preventDefault();
    event.stopPropagation();
    choose(place, true);
  });
  picture.addEventListener("focusin", (event) => {
    const bar = event.target.closest(".lab-bar-node");
    if (bar) {
      setText(detail, bar.getAttribute("aria-label"));
      at = bars.indexOf(bar);
    }
  });
  picture.addEventListener("pointerover", (event) => {
    const bar = event.target.closest(".lab-bar-node");
    if (bar) setText(detail, bar.getAttribute("aria-label"));
  });

  let last = null;
  function update(state) {
    const drawn = state.get("drawn");
    const head = state.get("head") ?? { text: "", notes: [] };
    if (drawn === last || !drawn) return;
    last = drawn;
    const focused = bars.indexOf(picture.ownerDocument.activeElement);
    setAttr(picture, "viewBox", `0 0 ${drawn.width} ${drawn.height}`);
    setAttr(picture, "aria-label", head.text);
    const defs = svg("defs");
    defs.append(hatch(hatches.wait, "var(--lab-muted)"), hatch(hatches.again, "var(--lab-warn)"));
    const axis = svg("g", { class: "lab-axis", "aria-hidden": "true" });
    for (const tick of drawn.ticks) {
      axis.append(svg("path", { d: `M${tick.x} 20V${drawn.height - 4}` }));
      axis.append(svg("text", { x: tick.x + 3, y: 16 }, tick.label));
    }
    const rows = svg("g", { "aria-hidden": "true" });
    for (const row of drawn.rows) {
      const width = drawn.width - 140;
      rows.append(svg("rect", { class: "lab-track", x: 132, y: row.y, width, height: row.height }));
      rows.append(svg("text", { x: 10, y: row.y + row.height - 5 }, row.label.slice(0, 20)));
    }
    const links = svg("g", { "aria-hidden": "true" });
    for (const { kind, path } of drawn.links) {
      links.append(svg("path", { class: `lab-link lab-link-${kind}`, d: path }));
    }
    bars = [...drawn.bars].sort((a, b) => a.start - b.start).map((bar) => barNode(bar, hatches));
    picture.replaceChildren(defs, axis, rows, links, ...bars);
    choose(focused < 0 ? at : focused, focused >= 0);
    notes.replaceChildren(...head.notes.map((note) => el("p", "lab-muted", note)));
    reader.say(head.text);
  }

  return { update, close: reader.close };
}

export default live(draw);
