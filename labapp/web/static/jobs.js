// The list of tasks: a row for each, changed in place and drawn at most once a frame.
import { setText, showWord, taskWord } from "./words.js";

const MOST = 50;
const ENDED = ["success", "failure", "revoked"];
const COUNTED = ["running", "waiting", "retry", "success", "failure", "revoked", "unknown"];

export const hasEnded = (state) => ENDED.includes(taskWord(state).kind);

class Row {
  constructor(element) {
    this.element = element;
    this.parts = {};
    for (const name of ["name", "state", "code", "bar", "told", "arguments", "sent", "cancel"]) {
      this.parts[name] = element.querySelector(`.${name}`);
    }
    this.time = element.querySelector("time");
    this.progress = element.querySelector("progress");
    this.percent = element.querySelector(".percent");
    this.job = { task_id: element.dataset.task, state: element.dataset.state };
  }

  get id() {
    return this.element.dataset.task;
  }

  // What never changes in a task's life.
  begin(job) {
    this.element.dataset.task = job.task_id;
    this.element.dataset.sent = job.sent;
    const link = this.parts.name.querySelector("a");
    link.textContent = job.name;
    link.setAttribute("href", `task_status/${encodeURIComponent(job.task_id)}`);
    this.parts.arguments.querySelector("code").textContent = job.arguments;
    this.time.dateTime = job.sent;
    this.progress.setAttribute("aria-label", `Progress of ${job.name}`);
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
    const cancellable = !hasEnded(job.state) && job.state !== "UNKNOWN";
    this.parts.cancel.hidden = !cancellable;
    this.parts.cancel.setAttribute("aria-label", `Cancel ${job.name}`);
    setText(this.time, new Date(job.sent).toLocaleTimeString());
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
    for (const [id, row] of this.rows) {
      if (this.kept && !this.kept.has(id)) this.drop(row);
    }
    this.kept = undefined;
    while (this.rows.size > MOST) this.drop(this.rows.get(this.list.lastElementChild.dataset.task));
    this.count();
  }

  drawJob(job) {
    const row = this.rows.get(job.task_id) ?? this.add(job);
    const before = row.job.state;
    row.show(job);
    if (before !== undefined && !hasEnded(before) && hasEnded(job.state)) this.on.ended(job);
  }

  add(job) {
    const row = new Row(this.template.content.firstElementChild.cloneNode(true));
    row.job = { state: undefined };
    row.begin(job);
    const older = [...this.list.children].find((other) => other.dataset.sent < job.sent);
    this.list.insertBefore(row.element, older ?? null);
    this.rows.set(job.task_id, row);
    return row;
  }

  drop(row) {
    this.rows.delete(row.id);
    row.element.remove();
  }

  count() {
    const counts = new Map();
    for (const row of this.rows.values()) {
      const { kind, word } = taskWord(row.job.state);
      counts.set(kind, { word: kind === "running" ? "running" : word, count: (counts.get(kind)?.count ?? 0) + 1 });
    }
    const said = COUNTED.filter((kind) => counts.has(kind));
    setText(this.counts, said.map((kind) => `${counts.get(kind).count} ${counts.get(kind).word}`).join(", "));
    this.note.hidden = this.rows.size > 0;
    setText(this.note, "Nothing has been sent yet.");
  }

  clicked(element) {
    if (!element.classList.contains("cancel")) return;
    this.on.cancel(this.rows.get(element.closest("li").dataset.task).job);
  }
}
