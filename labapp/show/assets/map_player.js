// Plays what happened: each dot goes from station to station, and is held at each of them.
// It draws no step that it was not told of, and says how far it runs behind.

const HOLD = 250; // milliseconds that a dot stays at a station, at least
const TRAVEL = 180;
const HURRY = 70; // when it runs behind
const BEHIND = 1.5; // seconds
const SLOWER = 4;
const FADE = 500;
const MOST_DOTS = 60; // also while the picture is paused
const FEW = 12; // dots that all carry their names on their way
const NAME = 18;

function makeDot(model) {
  const node = svg("g", { class: "lab-dot", "data-task": model.id });
  const shape = node.appendChild(svg("path", { class: "lab-dot-shape" }));
  const sign = node.appendChild(svg("text", { class: "lab-dot-sign", y: 3.5 }));
  const label = node.appendChild(svg("text", { class: "lab-dot-name", x: 11, y: 4 }));
  const name = model.name.split(".").at(-1) || model.name; // the last part is what tells tasks apart
  label.textContent = name.length > NAME ? `${name.slice(0, NAME - 1)}…` : name;
  node.append(svg("title", {}, `${model.name} ${model.id}`));
  return { node, shape, sign, label };
}

// A shape for each way of ending, so that colour never tells alone.
const SHAPES = {
  failure: "M-7 -7H7V7H-7Z",
  retry: "M0 -8L8 6H-8Z",
  revoked: "M-8 0L0 -8L8 0L0 8Z",
  unknown: "M-8 0L0 -8L8 0L0 8Z",
};
const ROUND = "M-7 0A7 7 0 1 0 7 0A7 7 0 1 0 -7 0Z";

function makePlayer(picture, { still, arrived, split }) {
  const layer = picture.appendChild(svg("g", { "aria-hidden": "true" }));
  const dots = new Map();
  const places = new Map(); // who stands at which place of which station
  const splitting = new Set();
  let stage = null;
  let clock = 0; // milliseconds of playing; stands still while paused
  let last = null;
  let frame = null;
  let slow = false;
  let paused = false;
  let visible = true;
  let kernelNow = () => Date.now() / 1000;
  let behind = 0;
  let first = true;

  const factor = () => (slow ? SLOWER : 1);

  // A new process of a pool may have a number beyond its slots: it is in the place of another.
  function resolve(station, dot) {
    if (stage.stations[station]) return station;
    const [kind, name] = station.split(":");
    const known = Object.keys(stage.stations);
    if (kind === "slot") {
      const mine = known.filter((one) => one.startsWith(`slot:${name}:`));
      if (mine.includes(dot.station)) return dot.station;
      const free = mine.find((one) => !places.get(one)?.size);
      const any = known.filter((one) => one.startsWith("slot:")).at(-1);
      return free ?? mine.at(-1) ?? any ?? "unacked";
    }
    return (kind === "queue" && known.find((one) => one.startsWith("queue:"))) || "code";
  }

  function leave(dot) {
    const here = places.get(dot.station);
    if (here) here.forEach((who, place) => who === dot.holder && here.delete(place));
  }

  // The dots of one group share one place where they are sent, and part from there.
  function take(dot, station, together) {
    leave(dot);
    dot.station = station;
    dot.holder = together ? dot.model.group : dot.model.id;
    if (!places.has(station)) places.set(station, new Map());
    const here = places.get(station);
    let place = 0;
    while (here.has(place) && here.get(place) !== dot.holder) place += 1;
    here.set(place, dot.holder);
    const { x, y, step, most } = stage.stations[station];
    return [x + step * Math.min(place, most - 1), y];
  }

  function go(dot) {
    const step = dot.todo.shift();
    dot.seen.add(step.key);
    const station = resolve(step.station, dot);
    const together = dot.model.group && step.key === "0o";
    const moves = station !== dot.station;
    const [x, y] = moves ? take(dot, station, together) : [dot.toX, dot.toY];
    [dot.fromX, dot.fromY] = dot.placed ? [dot.x, dot.y] : [x, y];
    [dot.toX, dot.toY] = [x, y];
    const travel = still() || !dot.placed || !moves ? 0 : behind > BEHIND ? HURRY : TRAVEL;
    dot.left = clock;
    dot.travel = travel * factor();
    dot.placed = true;
    dot.rests = false;
    dot.step = step;
    setAttr(dot.shape, "d", SHAPES[step.kind] ?? ROUND);
    setText(dot.sign, step.kind === "waiting" ? "" : `${step.sign}\ufe0e`);
    setAttr(dot.node, "class", `lab-dot lab-kind-${step.kind}`);
    setAttr(dot.node, "data-station", step.station);
    if (together && dots.size > 1) noteSplit(dot);
    arrived(dot.model, step);
  }

  function noteSplit(dot) {
    const group = dot.model.group;
    const more = [...dots.values()].some((other) => other !== dot && other.model.group === group);
    if (!more || splitting.has(group)) return;
    splitting.add(group);
    if (splitting.size > 200) splitting.delete(splitting.values().next().value);
    split(dot.model, dot.step);
  }

  // 0 is a dot alone; names of two that stand side by side would lie on each other.
  const crowd = () => (dots.size > FEW ? 2 : dots.size > 1 ? 1 : 0);

  // Touches the page only where something is to be seen of it.
  function place(dot) {
    if (dot.rests && dot.crowd === crowd()) return false;
    const share = dot.travel ? Math.min(1, (clock - dot.left) / dot.travel) : 1;
    const eased = share * (2 - share);
    dot.x = dot.fromX + (dot.toX - dot.fromX) * eased;
    dot.y = dot.fromY + (dot.toY - dot.fromY) * eased;
    setAttr(dot.node, "transform", `translate(${dot.x.toFixed(1)} ${dot.y.toFixed(1)})`);
    const inSlot = dot.station.startsWith("slot:");
    const named = inSlot || crowd() === 0 || (share < 1 && crowd() === 1);
    if (dot.named !== named) dot.label.style.display = named ? "" : "none";
    dot.named = named;
    dot.rests = share === 1;
    dot.crowd = crowd();
    return share < 1;
  }

  function drop(id, dot) {
    leave(dot);
    dot.node.remove();
    dots.delete(id);
  }

  // One frame; whether there will be something to do in the next one too.
  function advance() {
    const now = kernelNow();
    let busy = false;
    let late = 0;
    for (const [id, dot] of dots) {
      const held = !dot.placed || clock >= dot.left + dot.travel + HOLD * factor();
      if (dot.todo.length && held && dot.todo[0].at <= now) go(dot);
      if (!dot.placed) continue;
      if (dot.todo.length) late = Math.max(late, now - dot.todo[0].at);
      busy = place(dot) || dot.todo.length > 0 || busy;
      if (dot.todo.length === 0 && dot.gone) {
        const since = clock - dot.left - dot.travel - HOLD * factor();
        if (since > FADE) drop(id, dot);
        else busy = true;
        setAttr(dot.node, "opacity", since > FADE / 2 ? 0.4 : 1);
      }
    }
    behind = late;
    return busy;
  }

  function tick(at) {
    frame = null;
    if (last !== null) clock += Math.min(100, at - last);
    last = at;
    if (advance() && !paused && visible) frame = requestAnimationFrame(tick);
    else last = null;
  }

  function kick() {
    if (frame === null && !paused && visible && stage) frame = requestAnimationFrame(tick);
  }

  function add(id, model) {
    if (dots.size >= MOST_DOTS) return;
    const dot = { ...makeDot(model), model, todo: [], seen: new Set(), placed: false, station: "" };
    dot.gone = false;
    layer.append(dot.node);
    dots.set(id, dot);
    // A page that comes later shows where a task is, not how it came there.
    if (first) for (const step of model.steps.slice(0, -1)) dot.seen.add(step.key);
    return dot;
  }

  return {
    update(state, drawn, now) {
      stage = drawn;
      kernelNow = now;
      for (const [id, dot] of dots) if (!state.has(id)) dot.gone = true;
      for (const [id, model] of state) {
        if (!id.startsWith("dot:")) continue;
        const dot = dots.get(id) ?? add(id, model);
        if (!dot || dot.known === model) continue;
        dot.model = dot.known = model;
        dot.todo = model.steps.filter(({ key }) => !dot.seen.has(key));
        // What comes before a step that is drawn already was told too late to be shown in order.
        const drawnAt = model.steps.findLastIndex(({ key }) => dot.seen.has(key));
        if (drawnAt >= 0) dot.todo = dot.todo.filter((step) => model.steps.indexOf(step) > drawnAt);
      }
      first = false;
      kick();
    },
    behind() {
      const waiting = [...dots.values()].filter((dot) => dot.todo.length);
      const now = kernelNow();
      return Math.max(0, ...waiting.map((dot) => now - dot.todo[0].at));
    },
    setSlow(on) {
      slow = on;
    },
    setPaused(on) {
      paused = on;
      kick();
    },
    setVisible(on) {
      visible = on;
      kick();
    },
    close() {
      if (frame !== null) cancelAnimationFrame(frame);
      paused = true;
    },
  };
}
