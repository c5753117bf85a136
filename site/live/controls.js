// The widgets of stage.py as elements of the page: native controls, each with its label.
//
// build(tree, send) gives the element of a widget and all in it; change(number, name, value) shows
// what Python says of one. `send(number, name, value)` hears what the reader does.

const shown = new Map(); // by the number of a widget: its element, its control and what sets it
let labels = 0;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function labelled(description, control, ...more) {
  control.id = `course-control-${++labels}`;
  const label = element("label", { htmlFor: control.id }, description);
  return element("div", { className: "course-row" }, label, control, ...more);
}

function box(tree, send) {
  const node = element("div");
  const children = (trees) => node.replaceChildren(...trees.map((each) => build(each, send)));
  children(tree.children);
  const label = tree.children.find(({ kind }) => kind === "Label");
  const canvas = node.querySelector(":scope > canvas");
  if (label && canvas) canvas.ariaLabel = label.value; // what stands beside it
  return { node, children };
}

function slider(tree, send) {
  const digits = tree.kind === "IntSlider" ? 0 : Number(/\.(\d+)f/.exec(tree.readout_format)[1]);
  const { min, max, step } = tree;
  const control = Object.assign(element("input", { type: "range" }), { min, max, step });
  const output = element("output", { ariaHidden: "true" });
  const write = (number) => {
    output.value = Number(number).toFixed(digits);
    control.ariaValueText = output.value;
  };
  const value = (number) => {
    control.value = number;
    write(number);
  };
  control.addEventListener("input", () => {
    write(control.value);
    send(tree.id, "value", Number(control.value));
  });
  value(tree.value);
  return { node: labelled(tree.description, control, output), control, value };
}

const kinds = {
  VBox: box,
  HBox: box,
  IntSlider: slider,
  FloatSlider: slider,
  Dropdown(tree, send) {
    const control = element("select");
    const options = (texts) => control.replaceChildren(...texts.map((each) => new Option(each)));
    const value = (index) => (control.selectedIndex = index);
    control.addEventListener("change", () => send(tree.id, "index", control.selectedIndex));
    options(tree.options);
    value(tree.value);
    return { node: labelled(tree.description, control), control, value, options };
  },
  Button(tree, send) {
    const node = element("button", { type: "button", title: tree.tooltip }, tree.description);
    node.addEventListener("click", () => send(tree.id, "click"));
    return { node, description: (text) => (node.textContent = text) };
  },
  ToggleButton(tree, send) {
    const node = element("button", { type: "button", title: tree.tooltip }, tree.description);
    const value = (pressed) => (node.ariaPressed = String(pressed));
    node.addEventListener("click", () => {
      value(node.ariaPressed !== "true"); // at once: Python may be busy, and the reader quick
      send(tree.id, "value", node.ariaPressed === "true");
    });
    value(tree.value);
    return { node, value };
  },
  HTML(tree) { // with a text in it, and how it is to be read out
    const node = element("div", { role: "status" });
    const value = (markup) => {
      const { body } = new DOMParser().parseFromString(markup, "text/html");
      node.ariaLive = body.querySelector("[aria-live]")?.ariaLive ?? "polite";
      node.textContent = body.textContent;
    };
    value(tree.value);
    return { node, value };
  },
  Label(tree) {
    const node = element("p", {}, tree.value);
    return { node, value: (text) => (node.textContent = text) };
  },
  Image(tree) {
    const node = element("img", { alt: "The picture that the text below it describes." });
    const value = (bytes) => {
      URL.revokeObjectURL(node.src);
      node.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    };
    value(tree.value);
    return { node, value };
  },
  Canvas(tree, send) {
    const { width, height } = tree;
    const node = element("canvas", { width, height, tabIndex: 0, role: "application" });
    node.ariaLabel = "Picture: press a place in it, or use the arrow keys; Tab leaves it";
    const pixels = (bytes) => {
      if (!bytes.length) return;
      const picture = new ImageData(new Uint8ClampedArray(bytes), width, height);
      node.getContext("2d").putImageData(picture, 0, 0);
    };
    const place = ({ clientX, clientY }) => {
      const at = node.getBoundingClientRect();
      return [((clientX - at.x) * width) / at.width, ((clientY - at.y) * height) / at.height];
    };
    const hear = (kind, name) => {
      if (!tree.hears.includes(name)) return;
      node.addEventListener(kind, (event) => {
        if (kind !== "pointermove" || event.buttons) send(tree.id, name, [place(event)]);
      });
    };
    if (tree.hears.includes("mouse_move")) { // else a finger on it scrolls the page
      node.style.touchAction = "none";
      node.addEventListener("pointerdown", (event) => node.setPointerCapture(event.pointerId));
    }
    hear("pointerdown", "mouse_down");
    hear("pointermove", "mouse_move");
    hear("pointerup", "mouse_up");
    hear("pointercancel", "mouse_up");
    hear("pointerleave", "mouse_out");
    node.addEventListener("keydown", (event) => {
      const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
      if (!tree.hears.includes("key_down")) return;
      const ours = key === " " || key.startsWith("Arrow");
      if (!ours || ctrlKey || metaKey || altKey) return; // the browser's: Tab leaves the canvas
      event.preventDefault();
      send(tree.id, "key_down", [[key, shiftKey, ctrlKey, metaKey]]);
    });
    pixels(tree.pixels);
    return { node, pixels };
  },
};

export function build(tree, send) {
  const made = kinds[tree.kind](tree, send);
  made.node.classList.add(`course-${tree.kind.toLowerCase()}`, ...tree.classes);
  shown.set(tree.id, { control: made.node, ...made });
  return made.node;
}

export function change(number, name, value) {
  const widget = shown.get(number);
  if (name === "focus") widget?.control.focus();
  else widget?.[name]?.(value);
}

// The widgets in this element are taken away: nothing is shown of them any more.
export function forget(holder) {
  for (const [number, { node }] of shown) {
    if (!holder.contains(node)) continue;
    if (node.src) URL.revokeObjectURL(node.src);
    shown.delete(number);
  }
}

// The course-live element that a widget stands in.
export const holderOf = (number) => shown.get(number)?.node.closest("course-live");
