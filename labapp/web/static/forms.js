// The forms: what was entered goes to POST tasks/<name> as JSON, what does not fit is said beside it.
import { setText } from "./words.js";

const AWAY = "The web app does not answer.";

export class Forms {
  // `answer` is the line below the forms.
  constructor(forms, answer) {
    this.answer = answer;
    for (const form of forms) form.addEventListener("submit", (event) => this.submit(event));
  }

  async submit(event) {
    event.preventDefault();
    const form = event.target;
    const fields = [...form.elements].filter((element) => element.name);
    const wrong = fields.filter((field) => !this.mark(field, ""));
    const values = fields.map((field) => [field.name, valueOf(field)]);
    const unreadable = fields.filter((_, index) => values[index][1] === undefined);
    for (const field of unreadable) this.mark(field, "This is no JSON.");
    if (unreadable.length + wrong.length === 0) await this.send(form, Object.fromEntries(values));
    else unreadable[0]?.focus();
  }

  async send(form, body) {
    const name = form.dataset.task;
    const { status, said } = await ask("POST", `tasks/${encodeURIComponent(name)}`, body);
    if (status === 202) {
      this.say(`Sent ${name}.`);
      return;
    }
    const loose = [];
    let first;
    for (const { field, message } of said.errors ?? []) {
      const element = form.elements.namedItem(field);
      if (element) this.mark(element, message);
      else loose.push(`${field}: ${message}`);
      first ??= element;
    }
    first?.focus();
    this.say([said.error, ...loose].join(" "));
  }

  say(sentence) {
    setText(this.answer, sentence);
  }

  // Says what is wrong with a field, or that nothing is any more.
  mark(field, message) {
    const line = document.getElementById(`${field.id}-wrong`);
    setText(line, message);
    line.hidden = !message;
    if (message) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    return true;
  }
}

// A request that is answered with JSON; where nobody answers, that is said in the same form.
export async function ask(method, path, body) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  try {
    const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
    return { status: response.status, said: await response.json() };
  } catch {
    return { status: 0, said: { error: AWAY } };
  }
}

function valueOf(field) {
  if (field.dataset.type === "number") return field.valueAsNumber;
  if (field.dataset.type === "boolean") return field.checked;
  if (field.dataset.type === "string") return field.value;
  try {
    return JSON.parse(field.value);
  } catch {
    return undefined;
  }
}
