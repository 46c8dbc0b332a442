// The page of one task: what its stream tells, until the task has ended.
import { hasEnded, setText, showWord, taskWord } from "./words.js";

const part = (id) => document.getElementById(id);

const task = part("task");
let state = task.querySelector(".code").textContent;

function unhide(name) {
  for (const element of task.querySelectorAll(name)) element.hidden = false;
}

function show(job) {
  state = job.state;
  showWord(part("state"), taskWord(state));
  setText(task.querySelector(".code"), state);
  setText(part("status"), job.status);
  const percent = job.progress?.percent ?? null;
  if (percent !== null) {
    unhide(".bar");
    task.querySelector("progress").value = percent;
    setText(task.querySelector(".percent"), `${percent} %`);
  }
  if (Object.hasOwn(job, "result")) {
    unhide(".result");
    const { result } = job;
    setText(part("result"), typeof result === "string" ? result : JSON.stringify(result, null, 2));
  }
}

function follow() {
  const source = new EventSource(task.dataset.events);
  source.addEventListener("task", (event) => {
    show(JSON.parse(event.data));
    // The stream ends here, and a browser that is not told to stop would open it again.
    if (hasEnded(state)) source.close();
    setText(part("link"), hasEnded(state) ? `The task has ended: ${taskWord(state).word}.` : "");
  });
  source.addEventListener("health", (event) => {
    const away = JSON.parse(event.data).status !== "ok";
    setText(part("link"), away ? "Not live: Redis cannot be asked; trying again." : "");
  });
  source.onerror = () => setText(part("link"), "Not live: the connection broke. Look again.");
  source.onopen = () => setText(part("link"), "");
  addEventListener("pagehide", () => source.close());
}

if (!hasEnded(state)) follow();
