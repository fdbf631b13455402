// `npm run mutations`: shows that the tests can fail. Each mutation (mutations.ts) takes one safeguard out of a copy of the tree,
// and the test that holds it must turn red there; in the copy as it is, the same tests must be green. `--only TEXT` (repeatable)
// takes those whose names contain it. Prints a table; exit 1 if a mutation survives or its edit no longer applies.

import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { natsServerPath } from "../verify/nats-server-path.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";

const run = promisify(execFile);
const projectRoot = resolve(import.meta.dirname, "../..");
/** All that the tests read. */
const COPIED = ["src", "test", "rules", "bench", "package.json", "tsconfig.json", "vitest.config.ts"];
const RUN_WITHIN_MS = 180_000;

type Verdict = "red" | "SURVIVED" | "NOT GREEN WITHOUT IT" | "DOES NOT APPLY" | "NO SUCH TEST";

class Copy {
  readonly folder = mkdtempSync(join(tmpdir(), "tidemark-mutations-"));

  constructor() {
    for (const name of COPIED) cpSync(join(projectRoot, name), join(this.folder, name), { recursive: true });
    symlinkSync(realpathSync(join(projectRoot, "node_modules")), join(this.folder, "node_modules"));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Runs `work` with the edit made; undefined where its text does not stand there exactly once. */
  async with<T>({ file, find, put }: Mutation, work: () => Promise<T>): Promise<T | undefined> {
    const path = join(this.folder, file);
    const before = readFileSync(path, "utf8");
    if (before.split(find).length !== 2) return undefined;
    writeFileSync(
      path,
      before.replace(find, () => put),
    );
    try {
      return await work();
    } finally {
      writeFileSync(path, before);
    }
  }

  /** How the named tests of a file ended: `passed`, `failed`, or undefined where a title is not among them. */
  async test(file: string, titles: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const pattern = titles.map((title) => title.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
    const report = join(this.folder, "report.json");
    rmSync(report, { force: true });
    const args = ["node_modules/vitest/vitest.mjs", "run", file, "--reporter=json", `--outputFile=${report}`, "--testNamePattern", pattern];
    const options = { cwd: this.folder, env: { ...process.env, TIDEMARK_NATS_SERVER: natsServerPath() }, timeout: RUN_WITHIN_MS };
    // Its exit code says nothing that the report does not say better.
    await run(process.execPath, args, options).catch(() => {});
    return new Map(readReport(report).map(({ title, status }) => [title, status]));
  }
}

interface Assertion {
  readonly title: string;
  readonly status: string;
}

/** Nothing where the run ended without one. */
function readReport(path: string): readonly Assertion[] {
  if (!existsSync(path)) return [];
  const report = JSON.parse(readFileSync(path, "utf8")) as { testResults: readonly { assertionResults: readonly Assertion[] }[] };
  // What the pattern leaves out is listed too.
  return report.testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === "passed" || status === "failed"));
}

/** The tests that are green in the copy as it is, as `file: title`. */
async function greenTests(copy: Copy, mutations: readonly Mutation[]): Promise<ReadonlyMap<string, string>> {
  const ended = new Map<string, string>();
  for (const file of new Set(mutations.map(({ test }) => test.file))) {
    const titles = mutations.filter(({ test }) => test.file === file).map(({ test }) => test.title);
    for (const [title, status] of await copy.test(file, titles)) ended.set(`${file}: ${title}`, status);
  }
  return ended;
}

async function judge(copy: Copy, mutation: Mutation, before: ReadonlyMap<string, string>): Promise<Verdict> {
  const { file, title } = mutation.test;
  const without = before.get(`${file}: ${title}`);
  if (without === undefined) return "NO SUCH TEST";
  if (without !== "passed") return "NOT GREEN WITHOUT IT";
  const ended = await copy.with(mutation, () => copy.test(file, [title]));
  if (ended === undefined) return "DOES NOT APPLY";
  // A test that did not even run was not turned red by what the mutation does.
  const status = ended.get(title);
  return status === "failed" ? "red" : status === undefined ? "DOES NOT APPLY" : "SURVIVED";
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
  const chosen = MUTATIONS.filter(({ name }) => values.only === undefined || values.only.some((text) => name.includes(text)));
  const copy = new Copy();
  process.once("exit", () => copy.remove());
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const began = performance.now();
  const before = await greenTests(copy, chosen);
  const width = Math.max(...chosen.map(({ name }) => name.length));
  let survived = 0;
  for (const mutation of chosen) {
    const verdict = await judge(copy, mutation, before);
    if (verdict !== "red") survived++;
    process.stdout.write(`${verdict.padEnd(8)}  ${mutation.name.padEnd(width)}  ${mutation.test.file}: ${mutation.test.title}\n`);
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(`${chosen.length - survived} of ${chosen.length} mutations turn their test red (${seconds} s)\n`);
  return survived > 0 ? 1 : 0;
}

process.exitCode = await main();
