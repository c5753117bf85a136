// Python for the widgets of a page: one for all of them, in a worker, so that the page stays quick.

const MERGED = new Set(["value", "index"]); // of these only the newest counts while Python is busy

export class Engine {
  // told(number, name, value): a widget shows something else (0: the page); failed(number, text): what went
  // wrong in a widget, or in all of them where the number is null; progress(share, words).
  constructor(settings, { told, failed, progress }) {
    Object.assign(this, { told, failed, progress, opened: [], waiting: new Map(), busy: false });
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.ready = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.worker.onmessage = ({ data: [name, ...values] }) => this[`on_${name}`](...values);
    this.worker.onerror = (event) => this.on_lost(event.message || "the worker has ended");
    this.worker.postMessage(["start", settings]);
  }

  // Run the code of a widget, which reads these files and this address; a promise of its tree.
  async open(code, files, address) {
    await this.ready;
    return new Promise((resolve, reject) => {
      const key = this.opened.push({ resolve, reject }) - 1;
      this.worker.postMessage(["open", key, code, files, address]);
    });
  }

  // The page has taken a widget away.
  end(number) {
    this.worker.postMessage(["end", number]);
  }

  // What the reader did. Python gets one thing after the other; moves of a pen are kept, in a row.
  send(number, name, value) {
    const key = MERGED.has(name) || name === "mouse_move" ? `${number} ${name}` : Symbol();
    const before = this.waiting.get(key);
    if (name === "mouse_move" && before) before[2].push(...value);
    else {
      this.waiting.delete(key); // to the end of the queue
      this.waiting.set(key, [number, name, value]);
    }
    this.next();
  }

  next() {
    if (this.busy || !this.waiting.size) return;
    const [key, event] = this.waiting.entries().next().value;
    this.waiting.delete(key);
    this.busy = true;
    this.worker.postMessage(["event", ...event]);
  }

  on_progress(share, words) {
    this.progress(share, words);
  }

  on_ready() {
    this.resolve();
  }

  on_told(number, name, value) {
    this.told(number, name, value);
  }

  on_tree(key, tree) {
    this.opened[key].resolve(tree);
  }

  on_refused(key, text) {
    this.opened[key].reject(new Error(text));
  }

  on_failed(number, text) {
    this.failed(number, text);
  }

  on_done() {
    this.busy = false;
    this.next();
  }

  on_lost(text) {
    this.worker.terminate();
    this.reject(new Error(text));
    this.opened.forEach(({ reject }) => reject(new Error(text)));
    this.failed(null, text);
  }
}
