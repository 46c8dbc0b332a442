// Keeps the dashboard current and sends its forms. All text goes through textContent.
"use strict";

const EVERY = 1000; // milliseconds between two looks, counted from the end of the last one

const byId = (id) => document.getElementById(id);

function cell(tag, text, kind = "") {
  const element = document.createElement(tag);
  element.textContent = text;
  if (kind) element.className = kind;
  if (tag === "th") element.scope = "row";
  return element;
}

function progressCell(progress) {
  const element = cell("td", "", "short");
  if (progress && progress.percent !== null) {
    const bar = document.createElement("progress");
    bar.max = 100;
    bar.value = progress.percent;
    bar.setAttribute("aria-label", "Progress");
    element.append(bar, ` ${progress.percent} %`);
  }
  return element;
}

// A state is one short word, unless somebody made up a long one.
const shortIf = (text) => (text.length <= 20 ? "short" : "");

function jobRow(job) {
  const row = document.createElement("tr");
  const name = cell("th", "");
  const link = document.createElement("a");
  link.href = `task_status/${encodeURIComponent(job.id)}`;
  link.textContent = job.name;
  name.append(link);
  row.append(
    name,
    cell("td", job.state, shortIf(job.state)),
    progressCell(job.progress),
    cell("td", job.status),
    cell("td", job.arguments),
    cell("td", job.sent, "short"),
  );
  return row;
}

function partRow([name, part]) {
  const row = document.createElement("tr");
  row.append(cell("th", name), cell("td", part.state), cell("td", part.detail));
  return row;
}

function show(data) {
  const reachable = data.health.status === "ok";
  byId("parts").tBodies[0].replaceChildren(...Object.entries(data.health.parts).map(partRow));
  if (reachable) byId("jobs").tBodies[0].replaceChildren(...data.jobs.map(jobRow));
  byId("note").hidden = reachable && data.jobs.length > 0;
  byId("note").textContent = reachable
    ? "Nothing has been sent yet."
    : "Redis holds this list and cannot be asked now; what stands above is how it was.";
}

async function look() {
  if (document.hidden) return;
  try {
    const response = await fetch("./", { headers: { Accept: "application/json" } });
    show(await response.json());
  } catch {
    byId("answer").textContent = "The web app does not answer.";
  }
}

async function keepLooking() {
  await look();
  setTimeout(keepLooking, EVERY);
}

function valueOf(input) {
  if (input.dataset.type === "number") return input.valueAsNumber;
  if (input.dataset.type === "boolean") return input.checked;
  return input.value;
}

async function start(event) {
  event.preventDefault();
  const form = event.target;
  const inputs = [...form.querySelectorAll("input")];
  const body = JSON.stringify(Object.fromEntries(inputs.map((i) => [i.name, valueOf(i)])));
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  try {
    const response = await fetch(`tasks/${form.dataset.task}`, { method: "POST", headers, body });
    const answer = await response.json();
    const wrong = (answer.errors || []).map((e) => `${e.field}: ${e.message}`);
    byId("answer").textContent = response.ok
      ? `Sent ${form.dataset.task}: ${answer.task_id}`
      : [answer.error, ...wrong].join(" ");
  } catch {
    byId("answer").textContent = "The web app does not answer.";
  }
  look();
}

for (const form of document.querySelectorAll("form[data-task]")) {
  form.addEventListener("submit", start);
}
document.addEventListener("visibilitychange", look);
keepLooking();
