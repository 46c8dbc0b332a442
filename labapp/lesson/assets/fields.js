// The fields of a question: one of several, an order, a number. Each gives {node, value(), lock()}.
// What comes from the kernel is text: it goes through textContent only.

let fieldsMade = 0;

// What stands between backticks is code.
function rich(node, text) {
  node.replaceChildren();
  text.split("`").forEach((piece, place) => {
    if (place % 2) node.append(el("code", "lab-mono", piece));
    else if (piece) node.append(piece);
  });
}

function choiceField(options) {
  const node = el("div", "lab-options");
  const name = `lab-choice-${(fieldsMade += 1)}-${Math.random().toString(36).slice(2)}`;
  const inputs = options.map((text) => {
    const label = node.appendChild(el("label", "lab-option"));
    const input = label.appendChild(el("input"));
    input.type = "radio";
    input.name = name;
    rich(label.appendChild(el("span")), text);
    return input;
  });
  return {
    node,
    value: () => inputs.findIndex((input) => input.checked),
    lock: () => inputs.forEach((input) => { if (!input.checked) input.disabled = true; }),
  };
}

function orderField(options, say) {
  const node = el("ol", "lab-order");
  const rows = options.map((text, place) => {
    const row = node.appendChild(el("li"));
    const keys = row.appendChild(el("span", "lab-moves"));
    rich(row.appendChild(el("span")), text);
    const spoken = text.replaceAll("`", "");
    const move = (sign, word, step) => {
      const key = keys.appendChild(el("button", "lab-key", sign));
      key.type = "button";
      setAttr(key, "aria-label", `Move ${word}: ${spoken}`);
      key.addEventListener("click", () => {
        const at = [...node.children].indexOf(row);
        const to = at + step;
        if (to < 0 || to >= rows.length) return;
        node.insertBefore(step > 0 ? node.children[to] : row, step > 0 ? row : node.children[to]);
        key.focus();
        say(`${spoken}: place ${to + 1} of ${rows.length}`);
      });
    };
    move("↑", "up", -1);
    move("↓", "down", 1);
    return { row, place };
  });
  return {
    node,
    value: () => [...node.children].map((row) => rows.find((one) => one.row === row).place),
    lock: () => node.querySelectorAll("button").forEach((key) => { key.disabled = true; }),
  };
}

function numberField(unit, asked) {
  const node = el("label", "lab-number");
  const input = node.appendChild(el("input"));
  input.type = "text";
  input.inputMode = "decimal";
  input.autocomplete = "off";
  setAttr(input, "aria-label", unit ? `Your number, in ${unit}` : "Your number");
  setAttr(input, "title", asked);
  node.append(el("span", "lab-muted", unit));
  return {
    node,
    value: () => input.value,
    lock: () => { input.readOnly = true; },
  };
}

function fieldOf(question, say) {
  if (question.kind === "choice") return choiceField(question.options);
  if (question.kind === "order") return orderField(question.options, say);
  return numberField(question.unit, question.ask.replaceAll("`", ""));
}
