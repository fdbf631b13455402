// The shape of the house, held by a test: which room may know which, which vendor lives where, what a file looks like. It
// reads import lines rather than resolving them, so it takes milliseconds. A new room, or a vendor with a new home, is
// entered in the tables here, in the same change that draws it in ARCHITECTURE.md.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..");

/** Arrows run downward: a room knows itself and the rooms listed here. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "main.ts": ["cli"],
  cli: ["demo", "app", "flow", "partition", "engine", "packs", "nats", "edge", "http", "metrics", "model"],
  demo: ["app", "flow", "partition", "engine", "packs", "nats", "edge", "http", "metrics", "model"],
  app: ["flow", "partition", "engine", "packs", "nats", "edge", "http", "metrics", "model"],
  flow: ["partition", "engine", "packs", "metrics", "model"],
  partition: ["engine", "packs", "model"],
  engine: ["packs", "model"],
  packs: ["model"],
  nats: ["metrics", "model"],
  edge: ["flow", "packs", "metrics", "model"],
  http: ["metrics", "model"],
  metrics: ["model"],
  model: [],
};

/** What is imported from outside by few, and by whom; a path that ends in a slash is everything below it. */
const VENDORS: readonly { readonly vendor: RegExp; readonly homes: readonly string[] }[] = [
  { vendor: /^@nats-io\//, homes: ["src/nats/", "src/demo/"] },
  // The pool and its other end: a result is moved between threads only if the worker marks it with Piscina's own `move`.
  { vendor: /^piscina$/, homes: ["src/flow/pool.ts", "src/partition/worker.ts"] },
  { vendor: /^yaml$/, homes: ["src/packs/", "src/app/config.ts"] },
  { vendor: /^@marcbachmann\/cel-js$/, homes: ["src/packs/"] },
  { vendor: /^re2js$/, homes: ["src/packs/"] },
  { vendor: /^prom-client$/, homes: ["src/metrics/"] },
  { vendor: /^commander$/, homes: ["src/cli/"] },
  { vendor: /^pino$/, homes: ["src/app/"] },
];

const ENVIRONMENT_HOME = "src/app/config.ts";

/** Kinds of syntax and drawers for anything: a folder or a file is named after a thing of the field. */
const NOT_A_NOUN = /^(utils?|helpers?|common|shared|libs?|misc|stuff|interfaces|types|core|base|tools?)$/;

/** `Thing.ts` and `my_thing.ts` are not ours; `b.test.ts` and `vitest.config.ts` are. */
const FILE_NAME = /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*\.(ts|mjs)$/;

describe("the house", () => {
  test("every source file keeps its rules", () => {
    const faults = filesBelow("src").flatMap((path) => [...faultsOfPlace(path), ...faultsOfSource(path, read(path))]);
    expect(faults).toEqual([]);
  });

  test("tests, benches and the set-up keep the rules for any file", () => {
    const faults = ["test", "bench", "deploy"].flatMap(filesBelow).flatMap((path) => [...faultsOfPlace(path), ...faultsOfText(path, read(path))]);
    expect(faults).toEqual([]);
  });
});

describe("a fault is seen when", () => {
  const header = "// What it is.\n";

  test.each([
    ["a lower room knows a higher one", "src/engine/apply.ts", 'import { x } from "../flow/frame.ts";', "engine may not know flow"],
    ["a type goes up as well", "src/model/ids.ts", 'import type { X } from "../packs/definition.ts";', "model may not know packs"],
    ["the broker's room is reached from below app", "src/flow/outbox.ts", 'export { x } from "../nats/streams.ts";', "flow may not know nats"],
    ["an import takes several lines", "src/packs/row.ts", 'import {\n  x,\n} from "../engine/apply.ts";', "packs may not know engine"],
    ["an import is made on the way", "src/packs/row.ts", 'const x = await import("../engine/apply.ts");', "packs may not know engine"],
    ["a room is in no table", "src/magic/wand.ts", "", "no room called magic"],
    ["a vendor is out of its room", "src/app/start.ts", 'import { connect } from "@nats-io/transport-node";', "@nats-io/transport-node is not imported here"],
    ["YAML is read in the engine", "src/engine/apply.ts", 'import { parse } from "yaml";', "yaml is not imported here"],
    ["the environment is read elsewhere", "src/cli/run.ts", "const a = process.env.HOME;", "process.env is read in src/app/config.ts"],
    ["it is read under another name", "src/cli/run.ts", 'import { env } from "node:process";', "process.env is read in src/app/config.ts"],
    ["work was left for later", "src/cli/run.ts", `// ${"TO"}${"DO"} later`, "left for later"],
  ])("%s", (_, path, text, fault) => {
    expect(faultsOfSource(path, `${header}${text}\n`).join("\n")).toContain(fault);
  });

  test.each([
    ["src/utils/time.ts", "utils is not a thing of the field"],
    ["src/engine/helpers.ts", "helpers is not a thing of the field"],
    ["src/engine/ScoreTable.ts", "kebab-case"],
    ["src/engine/score_table.ts", "kebab-case"],
  ])("a file is called %s", (path, fault) => {
    expect(faultsOfPlace(path).join("\n")).toContain(fault);
  });

  test("a file does not say what it is", () => {
    expect(faultsOfText("src/cli/run.ts", "export const a = 1;\n").join("\n")).toContain("opens with what it is");
  });

  test("a test is switched off", () => {
    expect(faultsOfText("test/a.test.ts", `// A.\ntest.${"skip"}("x", () => {});\n`).join("\n")).toContain("switched off");
    expect(faultsOfText("test/a.test.ts", `// A.\ntest.${"only"}("x", () => {});\n`).join("\n")).toContain("switched off");
  });
});

test("what the house allows is no fault", () => {
  const text = '// What it is.\nimport { connect } from "@nats-io/transport-node";\nimport { x } from "../model/ids.ts";\nimport { y } from "./streams.ts";\n';
  expect(faultsOfSource("src/nats/connection.ts", text)).toEqual([]);
  expect(faultsOfPlace("src/nats/jetstream-log.ts")).toEqual([]);
});

function faultsOfSource(path: string, text: string): string[] {
  const room = roomOf(path);
  const known = ROOMS[room];
  if (known === undefined) return [`${path}: no room called ${room}`];
  const faults = faultsOfText(path, text);
  for (const target of importsOf(text)) faults.push(...(target.startsWith(".") ? faultsOfArrow(path, room, known, target) : faultsOfVendor(path, target)));
  if (path !== ENVIRONMENT_HOME && readsEnvironment(text)) faults.push(`${path}: process.env is read in ${ENVIRONMENT_HOME} alone`);
  return faults;
}

function faultsOfArrow(path: string, room: string, known: readonly string[], target: string): string[] {
  const other = roomOf(normalize(join(dirname(path), target)));
  return other === room || known.includes(other) ? [] : [`${path}: ${room} may not know ${other} (${target})`];
}

function faultsOfVendor(path: string, target: string): string[] {
  const rule = VENDORS.find(({ vendor }) => vendor.test(target));
  if (rule === undefined || rule.homes.some((home) => path === home || (home.endsWith("/") && path.startsWith(home)))) return [];
  return [`${path}: ${target} is not imported here but in ${rule.homes.join(", ")}`];
}

function faultsOfText(path: string, text: string): string[] {
  const faults: string[] = [];
  if (!path.endsWith(".test.ts") && !/^(#!.*\n)?\/[/*]/.test(text)) faults.push(`${path}: a file opens with what it is`);
  if (/\b(TO[D]O|FIX[M]E|XX[X])\b/.test(text)) faults.push(`${path}: something is left for later`);
  if (path.endsWith(".test.ts") && /\b(test|it|describe)\.(skip|only|todo)\b/.test(text)) faults.push(`${path}: a test is switched off, or the others are`);
  return faults;
}

function faultsOfPlace(path: string): string[] {
  const parts = path.split("/");
  const file = parts.at(-1) ?? "";
  const faults = FILE_NAME.test(file) ? [] : [`${path}: files are named in kebab-case`];
  for (const name of [...parts.slice(0, -1), file.split(".")[0] ?? ""]) if (NOT_A_NOUN.test(name)) faults.push(`${path}: ${name} is not a thing of the field`);
  return faults;
}

/** The folder below src; for a file directly in src its name. */
function roomOf(path: string): string {
  return path.split("/")[1] ?? path;
}

function importsOf(text: string): string[] {
  const forms = /(?:^|\n)(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|(?:^|\n)import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;
  return [...text.matchAll(forms)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

/** Comments may speak of it. */
function readsEnvironment(text: string): boolean {
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
  return /\bprocess\s*\.\s*env\b|\bprocess\[["']env["']\]/.test(code) || /import\s*\{[^}]*\benv\b[^}]*\}\s*from\s*["'](node:)?process["']/.test(code);
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /\.(ts|mjs)$/.test(entry.name));
  return files.map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1)).sort();
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}
