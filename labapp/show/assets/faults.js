// The switches that break a part and mend it: a button that opens a row with one switch a fault.

function makeSwitchOf(send) {
  const node = el("li");
  const key = node.appendChild(el("button", "lab-key"));
  key.type = "button";
  const sign = node.appendChild(el("span", "lab-sign"));
  sign.setAttribute("aria-hidden", "true");
  const name = node.appendChild(el("strong"));
  const says = node.appendChild(el("span", "lab-muted"));
  let content = null;
  key.addEventListener("click", () => {
    if (key.getAttribute("aria-disabled") !== "true") send(content);
  });
  return {
    node,
    set(part, fault, busy) {
      const does = fault.on ? "Repair" : "Set";
      content = { part, do: fault.do, fault: fault.name };
      setText(key, does);
      setAttr(key, "aria-label", `${does} ${fault.name}`);
      setAttr(key, "aria-disabled", busy || fault.do === "");
      setText(sign, fault.on ? "●" : "");
      setText(name, fault.on ? `${fault.name}, on` : fault.name);
      setText(says, fault.says);
    },
  };
}

// Gives the button, and the row that it opens; Escape closes the row and goes back to the button.
function makeFaults(columns, send) {
  const key = el("button", "lab-key", "Break");
  key.type = "button";
  const row = el("tr", "lab-faults");
  row.hidden = true;
  const cell = row.appendChild(el("td"));
  cell.colSpan = columns;
  const list = cell.appendChild(el("ul"));
  const switches = [];

  function open(wanted) {
    show(row, wanted);
    setAttr(key, "aria-expanded", wanted);
  }
  open(false);
  key.addEventListener("click", () => {
    if (key.getAttribute("aria-disabled") !== "true") open(row.hidden);
  });
  row.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    open(false);
    key.focus();
  });

  return {
    key,
    row,
    set(part, faults, busy) {
      setAttr(key, "aria-label", `Break ${part}`);
      setAttr(key, "aria-disabled", faults.length === 0);
      setAttr(list, "aria-label", `Faults of ${part}`);
      if (faults.length === 0) open(false);
      while (switches.length > faults.length) switches.pop().node.remove();
      while (switches.length < faults.length) {
        switches.push(makeSwitchOf(send));
        list.append(switches.at(-1).node);
      }
      faults.forEach((fault, place) => switches[place].set(part, fault, busy));
    },
  };
}
