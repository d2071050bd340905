// No line of the sources is longer than 120 characters: the formatter leaves long strings and comments alone.

import { globSync, readFileSync } from "node:fs";

const LONGEST = 120;

const sources = globSync("**/*.{ts,css,json}", {
  cwd: import.meta.dirname,
  exclude: (name) => /node_modules|package-lock|recorded/.test(name),
});
const long = sources.flatMap((file) =>
  readFileSync(`${import.meta.dirname}/${file}`, "utf8")
    .split("\n")
    .flatMap((line, place) => (line.length > LONGEST ? [`${file}:${place + 1}: ${line.length} characters`] : [])),
);
if (long.length) {
  console.error(`Lines are at most ${LONGEST} characters long:\n${long.join("\n")}`);
  process.exitCode = 1;
}
