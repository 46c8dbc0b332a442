// The dialog before a task is cancelled: it says what that can stop and what it cannot.
import { ask } from "./forms.js";
import { setText, taskWord } from "./words.js";

const WAITS = {
  can: "It waits. The worker that comes to it passes it over.",
  cannot: "If a worker takes it up this very moment, it runs to its end; cancel it once more then.",
  yes: "Cancel it",
};
const RUNS = {
  can: "It runs. The process that runs it is ended, wherever it is in its work.",
  cannot:
    "What it has done so far stays done. Only workers with a pool of processes (prefork) can do " +
    "this: in a pool of threads it runs to its end.",
  yes: "End its process",
};

export class CancelDialog {
  // `part` finds the elements of the dialog by id; `say` is told what came of it.
  constructor(part, say) {
    this.dialog = part("cancel");
    this.title = part("cancel-title");
    this.can = part("cancel-can");
    this.cannot = part("cancel-cannot");
    this.yes = part("cancel-yes");
    this.say = say;
    this.yes.addEventListener("click", () => this.confirm());
    part("cancel-no").addEventListener("click", () => this.dialog.close());
  }

  open(job) {
    this.job = job;
    this.runs = taskWord(job.state).kind === "running";
    const words = this.runs ? RUNS : WAITS;
    setText(this.title, `Cancel ${job.name}?`);
    setText(this.can, words.can);
    setText(this.cannot, words.cannot);
    setText(this.yes, words.yes);
    this.dialog.showModal();
  }

  async confirm() {
    this.dialog.close();
    const query = this.runs ? "?terminate=true" : "";
    const { said } = await ask("DELETE", `tasks/${encodeURIComponent(this.job.task_id)}${query}`);
    this.say(`${this.job.name}: ${said.error ?? said.status}`);
  }
}
