// Bundles the components into static/built: `node build.ts` writes, `node build.ts --check` fails if a file differs.

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const here = import.meta.dirname;
const built = join(here, "..", "static", "built");

const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory());
const styles = folders
  .map(({ name }) => join(here, name, `${name}.css`))
  .filter((file) => readdirSync(join(file, "..")).includes(basename(file)));

const shared = { outdir: built, bundle: true, charset: "utf8", legalComments: "none", write: false } as const;
const script = await build({
  ...shared,
  entryPoints: { "attention-explorer": join(here, "bundle.ts") },
  format: "esm",
  target: ["es2022"],
  minify: true,
});
// Streamlit takes CSS of a single line for the name of a file, so styles keep their lines.
const style = await build({ ...shared, entryPoints: named(styles) });
const made = [...script.outputFiles, ...style.outputFiles];
const files = new Map(made.map(({ path, contents }) => [basename(path), Buffer.from(contents)]));

if (process.argv.includes("--check")) check();
else write();

function named(paths: string[]): Record<string, string> {
  return Object.fromEntries(paths.map((path) => [basename(path, ".css"), path]));
}

function present(): string[] {
  try {
    return readdirSync(built);
  } catch {
    return [];
  }
}

function write(): void {
  mkdirSync(built, { recursive: true });
  for (const name of present()) if (!files.has(name)) rmSync(join(built, name));
  for (const [name, contents] of files) writeFileSync(join(built, name), contents);
}

function check(): void {
  const stale = present().filter((name) => !files.has(name));
  const different = [...files].filter(([name, contents]) => {
    return !present().includes(name) || !contents.equals(readFileSync(join(built, name)));
  });
  const wrong = [...stale, ...different.map(([name]) => name)];
  if (!wrong.length) return;
  console.error(`static/built is not what frontend/ builds: ${wrong.join(", ")}. Run "make build" and commit it.`);
  process.exitCode = 1;
}
