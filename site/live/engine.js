// Python for the widgets of a page: one for all of them, in a worker, so that the page stays quick.

const ONLY_NEWEST = new Set(["value", "index"]); // of these, while Python is busy

export class Engine {
  // told(number, name, value): a widget shows something else (0: the page); failed(number, text): what went
  // wrong in a widget, or in all of them where the number is null; progress(share, words).
  constructor({ told, failed, progress }) {
    Object.assign(this, { told, failed, progress, opened: [], waiting: [], busy: false });
    this.worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
    this.ready = new Promise((resolve, reject) => Object.assign(this, { resolve, reject }));
    this.worker.onmessage = ({ data: [name, ...values] }) => this[`on_${name}`](...values);
    this.worker.onerror = (event) => this.on_lost(event.message || "the worker has ended");
    this.worker.postMessage(["start"]);
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

  // What the reader did. Python gets one thing after the other; moves of a pen, if nothing came
  // between them, in a row.
  send(number, name, value) {
    const last = this.waiting.at(-1);
    if (name === "mouse_move" && last?.[0] === number && last[1] === name) last[2].push(...value);
    else {
      if (ONLY_NEWEST.has(name)) this.waiting = this.waiting.filter((event) => event[0] !== number);
      this.waiting.push([number, name, value]);
    }
    this.next();
  }

  next() {
    if (this.busy || !this.waiting.length) return;
    this.busy = true;
    this.worker.postMessage(["event", ...this.waiting.shift()]);
  }

  on_progress(share, words) {
    this.progress(share, words);
  }

  on_ready() {
    this.resolve();
  }

  // A value that the reader has changed since is not shown: the newer one is on its way.
  on_told(number, name, value) {
    const newer = ([other, kind]) => other === number && ONLY_NEWEST.has(kind);
    if (name !== "value" || !this.waiting.some(newer)) this.told(number, name, value);
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
