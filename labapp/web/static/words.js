// The words and signs of states, as the server has written them into the page.
const lists = JSON.parse(document.getElementById("words").dataset.words);

const say = ([word, sign, kind]) => ({ word, sign, kind });

export function taskWord(state) {
  const known = Object.hasOwn(lists.task, state) && lists.task[state];
  return say(known || [state.slice(0, 30).toLowerCase(), "◐", "running"]);
}

export const hasEnded = (state) => ["success", "failure", "revoked"].includes(taskWord(state).kind);

export function partWord(state) {
  const known = Object.hasOwn(lists.part, state) && lists.part[state];
  return say(known || [state.slice(0, 30), "?", "unknown"]);
}

// Puts a state into an element with a .sign and a .word; colour comes last, as a class.
export function showWord(element, { word, sign, kind }) {
  setText(element.querySelector(".sign"), sign);
  setText(element.querySelector(".word"), word);
  const name = `state ${kind}`;
  if (element.className !== name) element.className = name;
}

// What has not changed is left alone: the page is drawn, and read out, less often.
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
