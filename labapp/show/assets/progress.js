// The progress of tasks: a bar for one, or a bar, counts and at most twenty rows for many.

const COLUMNS = [
  ["task", "24%"],
  ["state", "15%"],
  ["done", "9%"],
  ["time", "20%"],
  ["last word", "32%"],
];
const SWITCHES = ["cancel", "terminate"];

function stateCell(tag) {
  const node = el(tag, "lab-state");
  const sign = node.appendChild(el("span", "lab-sign"));
  const word = node.appendChild(el("span"));
  sign.setAttribute("aria-hidden", "true");
  return {
    node,
    set({ sign: mark, word: name, kind }) {
      setText(sign, `${mark}\ufe0e`);
      setText(word, name);
      setAttr(node, "class", `lab-state lab-kind-${kind}`);
    },
  };
}

// Elapsed, and what is to come: an estimate that has run out says nothing more.
function timeOf({ began, took, ends, due, again }, now) {
  if (took !== null && took !== undefined) return duration(took);
  const parts = began ? [duration(Math.max(0, now() - began))] : [];
  if (due && due > now()) {
    parts.push(`${again ? "next try" : "starts"} in ${duration(Math.ceil(due - now()))}`);
  } else if (ends && ends > now()) {
    parts.push(`about ${duration(Math.ceil(ends - now()))} left`);
  }
  return parts.join(" · ");
}

// Two keys and one line that says what they can stop and what they cannot.
function switches(send) {
  const node = el("div", "lab-keys");
  const keys = new Map();
  const hint = el("span", "lab-muted");
  hint.id = `lab-hint-${Math.random().toString(36).slice(2)}`;
  for (const name of SWITCHES) {
    const key = node.appendChild(el("button", "lab-key", capital(name)));
    key.type = "button";
    setAttr(key, "aria-describedby", hint.id);
    key.addEventListener("click", () => {
      if (key.getAttribute("aria-disabled") !== "true") send({ do: name });
    });
    keys.set(name, key);
  }
  node.append(hint);
  return {
    node,
    set(model) {
      for (const [name, key] of keys) setAttr(key, "aria-disabled", !model[name]);
      setText(hint, model.hint ?? "");
      show(node, hint.textContent !== "");
    },
  };
}

function rowsTable() {
  const table = el("table", "lab-rows");
  const head = table.appendChild(el("thead")).appendChild(el("tr"));
  for (const [name, width] of COLUMNS) {
    const cell = head.appendChild(el("th", name === "done" || name === "time" ? "lab-number" : ""));
    cell.textContent = name;
    cell.scope = "col";
    cell.style.width = width;
  }
  const body = table.appendChild(el("tbody"));
  const rows = new Map();

  function make() {
    const node = el("tr");
    const label = node.appendChild(el("th", "lab-cut"));
    label.scope = "row";
    const state = stateCell("span");
    node.appendChild(el("td")).append(state.node);
    const number = node.appendChild(el("td", "lab-number"));
    const time = node.appendChild(el("td", "lab-time lab-muted"));
    const text = node.appendChild(el("td", "lab-muted lab-cut"));
    return {
      node,
      set(row, now) {
        setText(label, row.label);
        state.set(row);
        setText(number, row.number);
        setText(time, timeOf(row, now));
        setText(text, row.text);
        setAttr(text, "title", row.text);
      },
    };
  }

  return {
    node: table,
    update(state, now) {
      const order = state.get("order") ?? [];
      for (const [key, row] of rows) {
        if (order.includes(key)) continue;
        row.node.remove();
        rows.delete(key);
      }
      order.forEach((key, place) => {
        if (!rows.has(key)) rows.set(key, make());
        const row = rows.get(key);
        if (body.children[place] !== row.node) body.insertBefore(row.node, body.children[place]);
        if (state.has(key)) row.set(state.get(key), now);
      });
      show(table, order.length > 0);
    },
  };
}

function draw(card, send) {
  const title = card.appendChild(el("div", "lab-title"));
  const name = title.appendChild(el("span", "lab-name"));
  const id = title.appendChild(el("span", "lab-mono lab-muted"));
  const state = stateCell("span");
  title.append(state.node);
  const time = title.appendChild(el("span", "lab-time lab-muted"));
  const measure = card.appendChild(el("div", "lab-measure"));
  const bar = measure.appendChild(el("div", "lab-bar"));
  const fill = bar.appendChild(el("div", "lab-fill"));
  const number = measure.appendChild(el("span", "lab-number"));
  const said = card.appendChild(el("p", "lab-said lab-muted"));
  const counts = card.appendChild(el("div", "lab-counts"));
  const rows = rowsTable();
  card.append(rows.node);
  const more = card.appendChild(el("p", "lab-more lab-muted"));
  const keys = switches(send);
  card.append(keys.node);
  const source = card.appendChild(el("p", "lab-muted lab-source"));
  const notice = card.appendChild(el("p", "lab-notice"));
  const reader = announcer(card);
  for (const [key, value] of [["role", "progressbar"], ["aria-valuemin", 0], ["aria-valuemax", 100]])
    setAttr(bar, key, value);
  let last = null;

  function drawCounts(found) {
    counts.replaceChildren(
      ...found.map(({ sign, word, kind, count }) => {
        const node = el("span", `lab-kind-${kind}`);
        const mark = node.appendChild(el("span", "lab-sign", `${sign}\ufe0e`));
        mark.setAttribute("aria-hidden", "true");
        node.append(`${word} `, el("b", "", count.toLocaleString("en")));
        return node;
      }),
    );
  }

  function drawHead(head, now) {
    setText(name, head.label);
    setText(id, head.id);
    if (head.state) state.set(head.state);
    show(state.node, Boolean(head.state));
    setText(time, timeOf(head, now));
    setAttr(measure, "class", `lab-measure lab-kind-${head.state?.kind ?? "running"}`);
    setAttr(bar, "aria-label", head.label);
    setAttr(bar, "aria-valuenow", head.percent);
    setAttr(bar, "aria-valuetext", head.valuetext);
    fill.style.width = `${head.percent}%`;
    setText(number, head.number);
    setText(said, head.text);
    drawCounts(head.counts);
    setText(notice, head.notice);
    show(notice, head.notice !== "");
    reader.say(`${head.label}: ${head.valuetext}. ${head.notice}`);
  }

  function update(model, now) {
    last = [model, now];
    if (model.has("head")) drawHead(model.get("head"), now);
    rows.update(model, now);
    setText(more, model.get("more") ?? "");
    show(more, more.textContent !== "");
    keys.set(model.get("switches") ?? {});
    setText(source, model.get("source") ?? "");
    show(source, source.textContent !== "");
  }

  const clock = setInterval(() => last && update(...last), 1000);
  return {
    update,
    close() {
      clearInterval(clock);
      reader.close();
    },
  };
}

export default live(draw);
