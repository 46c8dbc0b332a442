// What a screen reader is told without being asked: little, and at most once in five seconds.
const EVERY = 5000;
const MOST = 3; // sentences at a time

export class News {
  constructor(element) {
    this.element = element;
    this.sentences = [];
  }

  say(sentence) {
    this.sentences.push(sentence);
    if (!this.timer) this.tell();
  }

  tell() {
    const some = this.sentences.splice(0);
    this.timer = some.length ? setTimeout(() => this.tell(), EVERY) : undefined;
    if (!some.length) return;
    const more = some.length > MOST ? ` And ${some.length - MOST} more.` : "";
    this.element.textContent = some.slice(0, MOST).join(" ") + more;
  }
}
