// The list of tasks: a row for each, changed in place and drawn at most once a frame.
// Rows that the server has written are taken over as they are.
import { hasEnded, setText, showWord, taskWord } from "./words.js";

const MOST = 50;
const SAID = { retry: "will retry" };
const COUNTED = ["running", "waiting", "retry", "success", "failure", "revoked", "unknown"];

class Row {
  constructor(element) {
    this.element = element;
    this.parts = {};
    for (const name of ["name", "state", "code", "bar", "told", "arguments", "sent", "cancel"]) {
      this.parts[name] = element.querySelector(`.${name}`);
    }
    this.link = element.querySelector("a");
    this.time = element.querySelector("time");
    this.progress = element.querySelector("progress");
    this.percent = element.querySelector(".percent");
  }

  // What never changes in a task's life.
  begin(job) {
    this.link.textContent = job.name;
    this.link.setAttribute("href", `task_status/${encodeURIComponent(job.task_id)}`);
    this.parts.arguments.querySelector("code").textContent = job.arguments;
    this.time.dateTime = job.sent;
    this.clock = new Date(job.sent).toLocaleTimeString();
    this.time.textContent = this.clock;
    // Two tasks of one name are told apart by when they were sent.
    this.progress.setAttribute("aria-label", `Progress of ${job.name}, sent ${this.clock}`);
    this.parts.cancel.setAttribute("aria-label", `Cancel ${job.name}, sent ${this.clock}`);
  }

  show(job) {
    this.job = job;
    this.element.dataset.state = job.state;
    showWord(this.parts.state, taskWord(job.state));
    setText(this.parts.code, job.state);
    setText(this.parts.told, job.status);
    const percent = job.progress?.percent ?? null;
    const known = percent !== null && !hasEnded(job.state);
    this.parts.bar.hidden = !known;
    if (known) {
      this.progress.value = percent;
      setText(this.percent, `${percent} %`);
    }
    this.offerCancel(!hasEnded(job.state) && job.state !== "UNKNOWN");
  }

  offerCancel(possible) {
    // Whoever stands on the button that goes away shall not be thrown to the top of the page.
    if (!possible && document.activeElement === this.parts.cancel) this.link.focus();
    this.parts.cancel.hidden = !possible;
  }
}

export class Jobs {
  // `on` has ended(job) and cancel(job).
  constructor(list, template, counts, note, on) {
    Object.assign(this, { list, template, counts, note, on });
    this.rows = new Map();
    this.waiting = new Map();
    for (const element of list.children) this.rows.set(element.dataset.task, new Row(element));
    list.addEventListener("click", (event) => this.clicked(event.target));
  }

  update(job) {
    this.waiting.set(job.task_id, job);
    this.drawSoon();
  }

  // Everything that the server still knows has been told: what was not among it has gone.
  keepOnly(ids) {
    this.kept = ids;
    this.drawSoon();
  }

  drawSoon() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = undefined;
    for (const job of this.waiting.values()) this.drawJob(job);
    this.waiting.clear();
    this.trim();
    this.count();
  }

  drawJob(job) {
    const row = this.rows.get(job.task_id) ?? this.add(job);
    const before = row.job?.state;
    if (!row.job) row.begin(job);
    row.show(job);
    if (before && !hasEnded(before) && hasEnded(job.state)) this.on.ended(job);
  }

  add(job) {
    const row = new Row(this.template.content.firstElementChild.cloneNode(true));
    row.element.dataset.task = job.task_id;
    row.element.dataset.sent = job.sent;
    const older = [...this.list.children].find((other) => other.dataset.sent < job.sent);
    this.list.insertBefore(row.element, older ?? null);
    this.rows.set(job.task_id, row);
    return row;
  }

  trim() {
    const kept = this.kept;
    this.kept = undefined;
    const ids = [...this.list.children].map((element) => element.dataset.task);
    const gone = ids.filter((id, place) => place >= MOST || (kept && !kept.has(id)));
    for (const id of gone) {
      this.rows.get(id)?.element.remove();
      this.rows.delete(id);
    }
  }

  count() {
    const counts = new Map(COUNTED.map((kind) => [kind, 0]));
    for (const { element } of this.rows.values()) {
      const { kind } = taskWord(element.dataset.state);
      counts.set(kind, counts.get(kind) + 1);
    }
    const some = [...counts].filter(([, count]) => count > 0);
    setText(this.counts, some.map(([kind, count]) => `${count} ${SAID[kind] ?? kind}`).join(", "));
    this.note.hidden = this.rows.size > 0;
    setText(this.note, "Nothing has been sent yet.");
  }

  clicked(element) {
    if (!element.classList.contains("cancel")) return;
    this.on.cancel(this.rows.get(element.closest("li").dataset.task).job);
  }
}
