// <course-live code="..." files="..."> holds the picture that a lesson stores, and a button that
// puts the widget itself in its place: the course's own Python, run by the reader's browser.

import { build, change, forget, holderOf } from "./controls.js";
import { Engine } from "./engine.js";

const here = (name) => new URL(name, import.meta.url);
const settings = await (await fetch(here("settings.json"), { cache: "no-cache" })).json();
const isLive = ({ state }) => state === "live";
let engine; // one for the page, started by the first button
let writing; // the page's address, a moment after the last change: a browser takes few in a second

// Settings in the page's address, behind #, are told from the name of a heading by their "=".
function settingsInAddress() {
  const text = location.hash.slice(1);
  if (!text.includes("=")) return "";
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // damaged, as Python will say
  }
}

// The settings of the live widget into the page's address.
function write(text) {
  const live = [...document.querySelectorAll("course-live[address]")].filter(isLive);
  if (!live.length) return; // it has ended while Python was on its way
  clearTimeout(writing);
  writing = setTimeout(() => {
    history.replaceState(null, "", `#${text}`);
    live.forEach((each) => (each.address = settingsInAddress()));
  }, 400);
}

function start() {
  engine ??= new Engine({
    told(number, name, value) {
      if (number) change(number, name, value);
      else write(value);
    },
    failed(number, text) {
      if (number !== null) holderOf(number)?.complain(text);
      else {
        document.querySelectorAll("course-live").forEach((each) => each.lost(text));
        engine = undefined; // the next button starts another
      }
    },
    progress(share, words) {
      document.querySelectorAll("course-live").forEach((each) => each.progress(share, words));
    },
  });
  return engine;
}

class CourseLive extends HTMLElement {
  connectedCallback() {
    this.stored = [...this.childNodes];
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.textContent = this.getAttribute("label");
    this.button.addEventListener("click", () => this.state === "stored" && this.open(true));
    this.bar = document.createElement("progress");
    this.bar.ariaLabel = "Loading Python";
    this.note = document.createElement("p");
    this.note.role = "status";
    this.line = document.createElement("div");
    this.line.className = "course-start";
    this.line.append(this.button, this.bar, this.note);
    this.error = document.createElement("p");
    this.error.role = "alert";
    this.showStored();
    if (this.hasAttribute("address")) {
      addEventListener("hashchange", () => this.followAddress());
      this.followAddress();
    }
  }

  // Other settings in the address: the start that goes on or comes has them, or this one begins anew.
  followAddress() {
    if (!this.hasNewAddress()) return;
    clearTimeout(writing);
    this.scrollIntoView();
    if (!isLive(this)) return;
    const focused = this.contains(document.activeElement);
    engine.end(this.number);
    forget(this);
    for (const old of this.children) old.inert = old !== this.error; // to be seen, until the next
    this.open(focused);
  }

  hasNewAddress() {
    const now = settingsInAddress();
    return this.hasAttribute("address") && now !== "" && now !== this.address;
  }

  showStored() {
    this.button.ariaDisabled = null;
    this.bar.hidden = true;
    this.note.textContent = settings.note;
    this.error.textContent = "";
    forget(this);
    this.show(false, ...this.stored, this.line, this.error);
    this.state = "stored";
  }

  // These instead of what was here. The focus goes along if it was here, and is taken from nobody.
  show(focused, ...nodes) {
    const now = document.activeElement;
    const follow = this.contains(now) || (focused && now === document.body);
    this.replaceChildren(...nodes);
    if (follow) this.querySelector("input, select, button, canvas")?.focus({ preventScroll: true });
  }

  async open(focused) {
    this.state = "loading";
    this.button.ariaDisabled = "true"; // and not disabled, which would take the focus from it
    this.error.textContent = "";
    this.bar.hidden = false;
    const from = performance.now();
    try {
      const files = (this.getAttribute("files") ?? "").split(" ").filter(Boolean);
      const now = start();
      let tree;
      do {
        if (tree) now.end(tree.id);
        this.address = settingsInAddress();
        tree = await now.open(this.getAttribute("code"), files, this.address);
      } while (this.hasNewAddress());
      const widget = build(tree, (...event) => now.send(...event));
      this.number = tree.id;
      this.show(focused, widget, this.error);
      this.state = "live";
      this.dataset.milliseconds = Math.round(performance.now() - from);
    } catch (error) {
      this.lost(error.message);
    }
  }

  progress(share, words) {
    if (this.state !== "loading") return;
    this.bar.value = share;
    this.note.textContent = words;
  }

  // An error that leaves the widget in its place.
  complain(text) {
    this.error.textContent = `Python says: ${text}`;
  }

  // An error after which only the stored picture is left.
  lost(text) {
    if (this.state === "stored") return;
    this.showStored();
    this.error.textContent = `It does not run here: ${text}. The picture is the stored one.`;
  }

  get state() {
    return this.dataset.state;
  }

  set state(name) {
    this.dataset.state = name;
  }
}

customElements.define("course-live", CourseLive);
