// Notebooks under Pyodide in Node.js, as the kernel of JupyterLite runs them, without a browser.
//
//     node lessons.mjs PYODIDE NOTEBOOKS
//
// PYODIDE is the website's folder with Pyodide and its list of packages, NOTEBOOKS a folder as the
// reader finds it. Each notebook gets a shell of its own. What a cell imports is loaded if the list
// has it, and nothing else is there. One line of JSON a notebook: how many cells, which failed.
import fs from "fs";
import path from "path";
import { pathToFileURL } from "url";

const [folder, notebooks] = process.argv.slice(2).map((name) => path.resolve(name));
const { loadPyodide } = await import(pathToFileURL(path.join(folder, "pyodide.mjs")).href);
const python = await loadPyodide({ indexURL: folder + path.sep, packageCacheDir: folder });
const quiet = { messageCallback: () => {} };
await python.loadPackage(["ipython", "packaging"], quiet);
python.FS.mkdirTree("/drive");
python.FS.mount(python.FS.filesystems.NODEFS, { root: notebooks }, "/drive");
python.runPython(fs.readFileSync(new URL("lessons.py", import.meta.url), "utf8"));
const runCell = python.globals.get("run_cell");

for (const place of fs.readdirSync(notebooks, { recursive: true }).sort()) {
  if (!place.endsWith(".ipynb")) continue;
  const began = Date.now();
  const { cells } = JSON.parse(fs.readFileSync(path.join(notebooks, place), "utf8"));
  const code = cells.filter((cell) => cell.cell_type === "code");
  const failed = [];
  python.globals.get("begin")("/drive/" + path.dirname(place));
  for (const { id, source } of code) {
    const text = [source].flat().join("");
    await python.loadPackagesFromImports(text, quiet);
    const error = await runCell(text);
    if (error) failed.push([id, error]);
  }
  const seconds = (Date.now() - began) / 1000;
  console.log(JSON.stringify({ notebook: place, cells: code.length, failed, seconds }));
}
process.exit(0);
