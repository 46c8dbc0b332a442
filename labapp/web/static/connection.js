// The page's one stream of events: opened while the page is on screen, opened again when it broke.
const FIRST_WAIT = 1000; // milliseconds until a stream that was refused is asked for again
const LONGEST_WAIT = 10000;
const GRACE = 1500; // a break that the browser mends sooner is not worth a word

export class Connection {
  // `path` is relative to the page; `on` has task(data), health(data), begun() and state(name),
  // where name is live, broken or paused.
  constructor(path, on) {
    this.on = on;
    this.path = path;
    this.wait = FIRST_WAIT;
    const onScreen = () => (document.visibilityState === "visible" ? this.open() : this.pause());
    document.addEventListener("visibilitychange", onScreen);
    addEventListener("pagehide", () => this.pause());
    addEventListener("pageshow", onScreen);
    onScreen();
  }

  open() {
    if (this.source) return;
    clearTimeout(this.again);
    // Named, so that a stream that a proxy keeps open behind our back can be ended all the same.
    const name = crypto.randomUUID?.() ?? Math.random().toString(36).slice(2);
    this.address = `${this.path}?page=${name}`;
    const source = (this.source = new EventSource(this.address));
    source.onopen = () => {
      this.mended();
      this.wait = FIRST_WAIT;
      this.on.begun();
      this.on.state("live");
    };
    source.onerror = () => this.broke(source);
    source.addEventListener("task", (event) => this.on.task(JSON.parse(event.data)));
    source.addEventListener("health", (event) => this.on.health(JSON.parse(event.data)));
  }

  // The browser mends a connection that was lost, but gives up one that was answered with an error.
  broke(source) {
    if (source.readyState !== EventSource.CLOSED) {
      this.grace ??= setTimeout(() => this.on.state("broken"), GRACE);
      return;
    }
    this.mended();
    this.source = undefined;
    this.on.state("broken");
    this.again = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
  }

  mended() {
    clearTimeout(this.grace);
    this.grace = undefined;
  }

  pause() {
    clearTimeout(this.again);
    this.mended();
    if (!this.address) return;
    // A page that is left may have lost its stream already, and the server not heard of it.
    this.source?.close();
    this.source = undefined;
    fetch(this.address, { method: "DELETE", keepalive: true }).catch(() => {});
    this.address = undefined;
    this.on.state("paused");
  }
}
