// The Lab's panel: one row for each part, its last log line under it, three switches, and a menu
// of what can be broken.

const COLUMNS = ["part", "state", "address", "pid", "switches"];
const SWITCHES = ["start", "stop", "kill"];

// The first switch starts or restarts, so that the key that had the focus keeps it.
function makeSwitch(first, send) {
  const node = el("button", "lab-key");
  node.type = "button";
  let action = first;
  let part = "";
  node.addEventListener("click", () => {
    if (node.getAttribute("aria-disabled") !== "true") send({ do: action, part });
  });
  return {
    node,
    set(name, actions) {
      part = name;
      action = first === "start" && !actions.includes("start") ? "restart" : first;
      setText(node, capital(action));
      setAttr(node, "aria-label", `${capital(action)} ${name}`);
      setAttr(node, "aria-disabled", !actions.includes(action));
    },
  };
}

function makeRow(send) {
  const node = el("tbody");
  const first = node.appendChild(el("tr"));
  const name = first.appendChild(el("th", "lab-cut"));
  name.scope = "rowgroup";
  const state = first.appendChild(el("td")).appendChild(el("span", "lab-state"));
  const sign = state.appendChild(el("span", "lab-sign"));
  sign.setAttribute("aria-hidden", "true");
  const word = state.appendChild(el("span"));
  const address = first.appendChild(el("td", "lab-mono lab-cut"));
  const link = address.appendChild(el("a"));
  link.target = "_blank";
  link.rel = "noopener";
  const plain = address.appendChild(el("span"));
  const pid = first.appendChild(el("td", "lab-pid lab-mono"));
  const keys = first.appendChild(el("td", "lab-switches"));
  const switches = SWITCHES.map((action) => makeSwitch(action, send));
  const faults = makeFaults(COLUMNS.length, send);
  keys.append(...switches.map((key) => key.node), faults.key);
  const last = node.appendChild(el("tr", "lab-last")).appendChild(el("td"));
  last.colSpan = COLUMNS.length;
  const detail = last.appendChild(el("span", "lab-muted lab-detail"));
  const words = last.appendChild(el("span"));
  node.append(faults.row);

  return {
    node,
    set(row) {
      setText(name, row.name);
      setText(detail, row.detail || "\u00a0");
      setText(sign, `${row.sign}\ufe0e`);
      setText(word, row.word);
      setAttr(state, "class", `lab-state lab-kind-${row.kind}`);
      setText(link, row.address);
      if (row.link) setAttr(link, "href", row.address);
      setText(plain, row.address);
      show(link, row.link);
      show(plain, !row.link);
      setAttr(address, "title", row.address);
      setText(pid, row.pid === null ? "" : String(row.pid));
      for (const key of switches) key.set(row.name, row.actions);
      faults.set(row.name, row.faults, row.busy);
      setText(words, row.line);
      setAttr(words, "class", row.trouble ? "" : "lab-mono lab-muted");
      setAttr(last, "title", row.line);
      setAttr(last, "class", row.trouble ? "lab-trouble" : "lab-cut");
    },
  };
}

function draw(card, send) {
  const top = card.appendChild(el("div", "lab-top"));
  top.append(el("strong", "", "Lab"));
  const summary = top.appendChild(el("span", "lab-muted"));
  const table = card.appendChild(el("table", "lab-parts"));
  const head = table.appendChild(el("thead")).appendChild(el("tr"));
  for (const name of COLUMNS) {
    const cell = head.appendChild(el("th", `lab-col-${name}`));
    cell.append(el("span", name === "switches" ? "lab-hidden" : "", name));
    cell.scope = "col";
  }
  const message = card.appendChild(el("p", "lab-notice"));
  const reader = announcer(card);
  const rows = new Map();

  function update(state) {
    const order = state.get("order") ?? [];
    for (const [key, row] of rows) {
      if (order.includes(key)) continue;
      row.node.remove();
      rows.delete(key);
    }
    order.forEach((key, place) => {
      if (!rows.has(key)) rows.set(key, makeRow(send));
      const { node, set } = rows.get(key);
      if (table.tBodies[place] !== node) table.insertBefore(node, table.tBodies[place] ?? null);
      if (state.has(key)) set(state.get(key));
    });
    const { summary: line = "", message: trouble = "" } = state.get("head") ?? {};
    setText(summary, line);
    setText(message, trouble);
    show(message, trouble !== "");
    reader.say(`Lab: ${line}. ${trouble}`);
  }

  return { update, close: reader.close };
}

export default live(draw);
