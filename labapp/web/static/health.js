// The table of parts, kept current by the health events.
import { partWord, setText, showWord } from "./words.js";

export function showHealth(table, health) {
  for (const [name, part] of Object.entries(health.parts)) {
    const row = [...table.tBodies[0].rows].find((one) => one.dataset.part === name);
    if (!row) continue;
    showWord(row.querySelector(".state"), partWord(part.state));
    setText(row.querySelector(".detail"), part.detail);
  }
}
