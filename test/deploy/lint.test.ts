// The lint rules that keep results the same on every machine, run for real: Biome, our configuration, our plugins, on files
// that break a rule and on files that keep it. The rules are patterns, and a pattern that matches nothing looks like success.

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** One line each; every one of them breaks a rule wherever results are made. */
const BREAKS = [
  "export const power = Math.pow(2, 3);",
  "export const exponent = (a: number, b: number) => a ** b;",
  "export const growing = (a: number) => {\n  let b = a;\n  b **= 2;\n  return b;\n};",
  "export const natural = Math.exp(1);",
  "export const logarithm = Math.log2(8);",
  "export const sine = Math.sin(1);",
  "export const chance = Math.random();",
  "export const hidden = Math.max(1, Math.cbrt(2));",
  'export const indexed = Math["pow"](2, 3);',
  "export const { pow } = Math;",
  "export const now = Date.now();",
  "export const today = new Date();",
  "export const spoken = Date();",
  "export const { now: clock } = Date;",
  "export const elapsed = performance.now();",
  'import { performance } from "node:perf_hooks";\n\nexport const mark = performance.now();',
  "export const precise = process.hrtime.bigint();",
  "export const id = crypto.randomUUID();",
  'import { randomBytes } from "node:crypto";\n\nexport const bytes = randomBytes(8);',
  "export const later = setTimeout(() => {}, 5);",
  "export const soon = setImmediate(() => {});",
  "export const smuggled = globalThis.performance.now();",
] as const;

const KEEPS = [
  "export const rounded = Math.floor(2.5) + Math.max(1, 2) + Math.sqrt(4) + Math.imul(2, 3);",
  "export const moment = (ms: number) => new Date(ms).toISOString();",
  "export const parsed = Date.parse(`2026-01-01T00:00:00Z`) + Date.UTC(2026, 0, 1);",
  "export const crypto_free = { performance: 1, now: 2 };",
  'import { createHash } from "node:crypto";\n\nexport const digest = (text: string) => createHash("sha256").update(text).digest("hex");',
] as const;

const ROOMS_OF_RESULTS = ["src/engine", "src/partition", "src/model"] as const;

interface Finding {
  readonly file: string;
  readonly rule: string;
}

let project = "";
let findings: readonly Finding[] = [];

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "tidemark-lint-"));
  cpSync(join(ROOT, "biome.json"), join(project, "biome.json"));
  cpSync(join(ROOT, "deploy/lint"), join(project, "deploy/lint"), { recursive: true });
  for (const room of ROOMS_OF_RESULTS) BREAKS.forEach((text, i) => place(`${room}/break-${i}.ts`, text));
  BREAKS.forEach((text, i) => place(`src/flow/break-${i}.ts`, text));
  KEEPS.forEach((text, i) => place(`src/engine/keep-${i}.ts`, text));
  place("src/packs/program-step.ts", BREAKS[1]);
  place("src/packs/load/load.ts", BREAKS[1]);
  place("src/partition/worker.ts", `${BREAKS[14]}\nexport const power = Math.pow(2, 3);`);
  place("src/cli/loose.ts", "export const loose = (x: any) => x;");
  place("src/cli/unnamed.ts", "export default 1;");
  place("vitest.config.ts", "export default 1;");
  findings = lint();
});

afterAll(() => rmSync(project, { recursive: true, force: true }));

describe("where results are made", () => {
  for (const room of ROOMS_OF_RESULTS) {
    test.each(BREAKS.map((text, i) => [text, i] as const))(`${room} may not say %s`, (_, i) => {
      expect(rulesAt(`${room}/break-${i}.ts`)).toContain("plugin");
    });
  }

  test.each(KEEPS.map((text, i) => [text, i] as const))("it may say %s", (_, i) => {
    expect(rulesAt(`src/engine/keep-${i}.ts`)).not.toContain("plugin");
  });

  test("a compiled program is one of these places, loading a pack is not", () => {
    expect(rulesAt("src/packs/program-step.ts")).toContain("plugin");
    expect(rulesAt("src/packs/load/load.ts")).not.toContain("plugin");
  });

  test("a worker may time itself, and still may not use inexact arithmetic", () => {
    expect(rulesAt("src/partition/worker.ts").filter((rule) => rule === "plugin")).toHaveLength(1);
  });
});

test("elsewhere clocks, chance and powers are free", () => {
  expect(findings.filter(({ file, rule }) => file.startsWith("src/flow/") && rule === "plugin")).toEqual([]);
});

test("nothing is any, and nothing is exported without a name but what vitest wants so", () => {
  expect(rulesAt("src/cli/loose.ts")).toContain("lint/suspicious/noExplicitAny");
  expect(rulesAt("src/cli/unnamed.ts")).toContain("lint/style/noDefaultExport");
  expect(rulesAt("vitest.config.ts")).toEqual([]);
});

function place(path: string, text: string): void {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), `${text}\n`);
}

function rulesAt(file: string): string[] {
  return findings.filter((finding) => finding.file === file).map((finding) => finding.rule);
}

function lint(): Finding[] {
  const run = spawnSync(join(ROOT, "node_modules/.bin/biome"), ["lint", "--reporter=json", "--max-diagnostics=none"], { cwd: project, encoding: "utf8" });
  const report = JSON.parse(run.stdout) as { diagnostics: { category: string; location: { path: string | { file: string } } }[] };
  return report.diagnostics.map(({ category, location }) => ({ rule: category, file: typeof location.path === "string" ? location.path : location.path.file }));
}
