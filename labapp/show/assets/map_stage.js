// The parts of a lab as boxes, drawn where the kernel says; what changes in them is text.

const HEAD = 42; // a box's title and state, above its rows
const ROW = 30;

function makeBox(box, open) {
  const { x, y, width, height, part, key } = box;
  const node = svg("g", { class: "lab-box" });
  if (part) {
    const press = { role: "button", tabindex: "0", "data-part": part, "data-box": key };
    for (const [name, value] of Object.entries(press)) node.setAttribute(name, value);
    node.addEventListener("click", () => open(part, key));
    node.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      open(part, key);
    });
  }
  node.append(svg("rect", { class: "lab-frame", x, y, width, height, rx: 8 }));
  node.append(svg("path", { class: "lab-cross", d: `M${x + width - 26} ${y + 24}l14 14m0 -14l-14 14` }));
  node.append(svg("text", { class: "lab-box-title", x: x + 10, y: y + 18 }, box.title));
  const state = node.appendChild(svg("text", { class: "lab-box-state", x: x + 10, y: y + 34 }));
  const rows = node.appendChild(svg("g"));
  let lines = [];
  return {
    node,
    setState(view) {
      const words = [`${view.sign}\ufe0e ${view.word}`, view.holds].filter(Boolean).join(" · ");
      setText(state, words);
      setAttr(node, "class", `lab-box lab-kind-${view.kind}${view.down ? " lab-down" : ""}`);
      setAttr(node, "aria-label", `${box.title}: ${[view.word, view.holds].filter(Boolean).join(", ")}`);
    },
    setRows(texts, top, step) {
      if (texts.length !== lines.length) {
        lines = texts.map((_, number) => svg("text", { x: x + 10, y: y + top + step * number }));
        rows.replaceChildren(...lines);
      }
      texts.forEach((text, number) => setText(lines[number], text));
    },
  };
}

function slotRows(box, count) {
  return Array.from({ length: count }, (_, slot) =>
    svg("rect", {
      class: "lab-slot",
      x: box.x + 8,
      y: box.y + HEAD + ROW * slot + 3,
      width: box.width - 16,
      height: ROW - 5,
      rx: 4,
    }),
  );
}

// All boxes; built anew only when the stage itself changes, and the focus stays where it was.
function makeStage(picture, open) {
  const under = picture.appendChild(svg("g"));
  let boxes = new Map();
  let known = new Map(); // what was drawn last of each key: the same object need not be drawn again

  function build(drawn) {
    const focused = under.contains(document.activeElement) ? document.activeElement.dataset.box : "";
    setAttr(picture, "viewBox", `0 0 ${drawn.width} ${drawn.height}`);
    boxes = new Map(drawn.boxes.map((box) => [box.key, makeBox(box, open)]));
    const paths = svg("path", { class: "lab-way", d: drawn.ways.join("") });
    const slots = drawn.boxes.flatMap((box) => slotRows(box, drawn.slots[box.key] ?? 0));
    under.replaceChildren(paths, ...[...boxes.values()].map(({ node }) => node), ...slots);
    if (focused) boxes.get(focused)?.node.focus();
  }

  function changed(state, key, apply) {
    const value = state.get(key);
    if (value === undefined || value === known.get(key)) return;
    known.set(key, value);
    apply(value);
  }

  return {
    focus: (key) => boxes.get(key)?.node.focus(),
    update(state) {
      const drawn = state.get("stage");
      if (drawn !== known.get("stage")) {
        known = new Map([["stage", drawn]]);
        build(drawn);
      }
      for (const [key, box] of boxes) changed(state, `part:${key}`, (view) => box.setState(view));
      changed(state, "rows", ({ queues, unacked }) => {
        const texts = queues.map(({ name, depth }) => `${name}: ${depth}`);
        boxes.get("redis")?.setRows([...texts, `unacked: ${unacked}`], HEAD + 20, ROW);
      });
      changed(state, "results", (counts) => {
        const texts = counts.map(({ sign, word, count }) => `${sign}\ufe0e ${count} ${word}`);
        boxes.get("results")?.setRows(texts, HEAD + 16, 20);
      });
      return drawn;
    },
  };
}
