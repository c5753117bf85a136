// Run a file of Python in Pyodide, in Node: node compile.mjs PYODIDE FOLDER FILE
// The Python finds FOLDER, of this machine, as /wheels. PYODIDE has pyodide.mjs and the wheels.

import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

const [pyodide, folder, file] = process.argv.slice(2).map((each) => path.resolve(each));
const { loadPyodide } = await import(pathToFileURL(path.join(pyodide, "pyodide.mjs")));
try {
  const env = { MPLBACKEND: "agg", HOME: "/home/pyodide" };
  const python = await loadPyodide({ indexURL: pyodide + path.sep, env });
  await python.loadPackage(["matplotlib"], { messageCallback: () => {} });
  python.mountNodeFS("/wheels", folder);
  python.runPython(fs.readFileSync(file, "utf8"));
} catch (error) {
  console.error(String(error.message ?? error).slice(-2000)); // a whole one holds all of Pyodide
  process.exit(1);
}
