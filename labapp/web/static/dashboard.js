// The dashboard: forms, one stream of events, and what it tells. All text goes through textContent.
import { CancelDialog } from "./cancel.js";
import { Connection } from "./connection.js";
import { Forms } from "./forms.js";
import { showHealth } from "./health.js";
import { Jobs } from "./jobs.js";
import { News } from "./news.js";
import { showWord, taskWord } from "./words.js";

const part = (id) => document.getElementById(id);

const LINKS = {
  live: { word: "live", sign: "✓", kind: "success" },
  broken: { word: "not live: the connection broke; trying again", sign: "✕", kind: "failure" },
  paused: { word: "paused while out of sight", sign: "○", kind: "waiting" },
  stale: { word: "not live: Redis cannot be asked; trying again", sign: "✕", kind: "failure" },
};

const news = new News(part("news"));
const forms = new Forms(document.querySelectorAll("form[data-task]"), part("answer"));
const dialog = new CancelDialog(part, (sentence) => forms.say(sentence));
const jobs = new Jobs(part("jobs"), part("job"), part("counts"), part("note"), {
  ended: (job) => news.say(`${job.name}: ${taskWord(job.state).word}.`),
  cancel: (job) => dialog.open(job),
});

let link;
let told; // the tasks that this stream has told of before its first health event; then nothing

function showLink(name) {
  if (name === link) return;
  const wasBroken = link === "broken" || link === "stale";
  link = name;
  part("link").hidden = false;
  showWord(part("link"), LINKS[name]);
  if (name === "broken" || name === "stale") news.say(`Tasks are ${LINKS[name].word}.`);
  if (name === "live" && wasBroken) news.say("Tasks are live again.");
}

new Connection("events", {
  begun: () => (told = new Set()),
  state: showLink,
  task: (job) => {
    told?.add(job.task_id);
    jobs.update(job);
  },
  health: (health) => {
    const reachable = health.status === "ok";
    showHealth(part("parts"), health);
    showLink(reachable ? "live" : "stale");
    if (reachable && told) {
      jobs.keepOnly(told);
      told = undefined;
    }
  },
});
