// <course-live code="..." files="..."> holds the picture that a lesson stores, and a button that
// puts the widget itself in its place: the course's own Python, run by the reader's browser.

import { build, change, holderOf } from "./controls.js";
import { Engine } from "./engine.js";

const here = (name) => new URL(name, import.meta.url);
const settings = await (await fetch(here("settings.json"), { cache: "no-cache" })).json();
let engine; // one for the page, started by the first button

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

function start() {
  engine ??= new Engine(settings, {
    told(number, name, value) {
      if (number) change(number, name, value);
      else history.replaceState(null, "", `#${value}`);
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
    this.button.addEventListener("click", () => this.open());
    this.bar = document.createElement("progress");
    this.bar.ariaLabel = "Loading Python";
    this.note = document.createElement("p");
    this.note.role = "status";
    this.error = document.createElement("p");
    this.error.role = "alert";
    this.showStored();
    if (this.hasAttribute("address")) {
      addEventListener("hashchange", () => this.followAddress());
      this.followAddress();
    }
  }

  // Other settings in the address: the next start has them, or this one begins anew.
  followAddress() {
    if (!settingsInAddress()) return;
    this.scrollIntoView();
    if (this.state !== "live") return;
    engine.end(this.number);
    this.open();
  }

  showStored() {
    const line = document.createElement("div");
    line.className = "course-start";
    line.append(this.button, this.bar, this.note);
    this.button.disabled = false;
    this.bar.hidden = true;
    this.note.textContent = settings.note;
    this.error.textContent = "";
    this.replaceChildren(...this.stored, line, this.error);
    this.state = "stored";
  }

  async open() {
    this.state = "loading";
    this.button.disabled = true;
    this.error.textContent = "";
    this.bar.hidden = false;
    const from = performance.now();
    try {
      const files = (this.getAttribute("files") ?? "").split(" ").filter(Boolean);
      const now = start();
      const tree = await now.open(this.getAttribute("code"), files, settingsInAddress());
      const widget = build(tree, (...event) => now.send(...event));
      this.number = tree.id;
      this.replaceChildren(widget, this.error);
      this.state = "live";
      this.dataset.milliseconds = Math.round(performance.now() - from);
      widget.querySelector("input, select, button, canvas")?.focus({ preventScroll: true });
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
