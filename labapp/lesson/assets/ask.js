// A card with questions: each is a form with a reply below it. A form is made once, so that the
// focus and what was typed stay where they are.

const VERDICTS = {
  right: ["success", "✓", "Right."],
  wrong: ["failure", "✕", "Not yet."],
};

function makeForm(key, question, send, say) {
  const node = el("form", "lab-ask");
  node.noValidate = true;
  const set = node.appendChild(el("fieldset"));
  rich(set.appendChild(el("legend")), question.ask);
  const field = fieldOf(question, say);
  set.append(field.node);
  const button = set.appendChild(el("button", "lab-key", question.key));
  button.type = "submit";
  const reply = set.appendChild(el("p", "lab-reply"));
  const sign = reply.appendChild(el("span", "lab-sign"));
  sign.setAttribute("aria-hidden", "true");
  const word = reply.appendChild(el("strong"));
  const words = reply.appendChild(el("span"));
  // JupyterLab listens for single keys, arrows and Enter; here they are the learner's. It looks
  // for this mark on the very element that has the focus.
  for (const one of node.querySelectorAll("input, button")) {
    one.dataset.lmSuppressShortcuts = "true";
  }
  let locked = false;
  let told = "";
  // A form does this by itself, and JupyterLab prevents it.
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    node.requestSubmit();
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!locked) send({ ask: key.slice("ask:".length), value: field.value() });
  });
  return {
    node,
    set(now) {
      const [kind, mark, verdict] = VERDICTS[now.verdict] ?? ["waiting", "", ""];
      setAttr(reply, "class", `lab-reply lab-kind-${kind}`);
      setText(sign, mark && `${mark}\ufe0e`);
      setText(word, verdict && `${verdict} `);
      const said = now.said && !now.verdict ? `You said: ${now.said}. ` : "";
      rich(words, said + now.reply);
      show(reply, now.reply !== "");
      if (now.locked && !locked) {
        locked = true;
        field.lock();
        setAttr(button, "aria-disabled", true);
      }
      // The number of the try, so that the same reply is heard again.
      const sentence = `${verdict} ${said}${now.reply}`.replaceAll("`", "").trim();
      const line = sentence && now.tries > 1 ? `Try ${now.tries}. ${sentence}` : sentence;
      if (line !== told) say((told = line));
    },
  };
}

function drawAsk(card, send) {
  const top = card.appendChild(el("div", "lab-top"));
  const title = top.appendChild(el("strong"));
  const note = top.appendChild(el("span", "lab-muted"));
  const list = card.appendChild(el("div", "lab-asks"));
  const message = card.appendChild(el("p", "lab-notice"));
  const done = card.appendChild(el("button", "lab-key lab-done"));
  done.type = "button";
  done.dataset.lmSuppressShortcuts = "true";
  done.addEventListener("click", () => send({ done: true }));
  const reader = announcer(card);
  const forms = new Map();
  let troubled = "";

  function update(state) {
    for (const key of state.get("order") ?? []) {
      const question = state.get(key);
      if (!question) continue;
      if (!forms.has(key)) {
        forms.set(key, makeForm(key, question, send, reader.say));
        list.append(forms.get(key).node);
      }
      forms.get(key).set(question);
    }
    const head = state.get("head") ?? {};
    setText(title, head.title ?? "");
    setText(note, head.note ?? "");
    setText(message, head.message ?? "");
    show(message, Boolean(head.message));
    setText(done, head.done ?? "");
    show(done, Boolean(head.done));
    if (head.message && head.message !== troubled) reader.say(head.message);
    troubled = head.message ?? "";
  }

  return { update, close: reader.close };
}

export default live(drawAsk);
