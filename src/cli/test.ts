// `tidemark test`: runs the examples that stand beside packs on the engine itself, in memory, and says what did not come as
// expected. Needs no broker. With --coverage it names what no example reached.

import { writeFileSync } from "node:fs";
import { junitOf } from "../app/examples/junit.ts";
import { type Tested, testPack } from "../app/examples/test-pack.ts";
import { TidemarkError } from "../model/errors.ts";
import { formatProblems } from "../packs/problems.ts";
import { usage } from "./failure.ts";
import { addSharedFlags, configFrom, type SharedFlags } from "./flags.ts";
import { packFiles } from "./pack-files.ts";
import { type Terminal, writeJson, writeLine } from "./terminal.ts";
import type { ExitCode, Verb } from "./verb.ts";

interface TestFlags extends SharedFlags {
  readonly coverage?: boolean;
  readonly threshold?: string;
  readonly only?: string;
  readonly junit?: string;
}

export const testVerb: Verb = (program, run) => {
  const command = program
    .command("test")
    .summary("run the examples of rule packs")
    .description("Runs the examples beside rule packs (<pack>.examples.yaml) on the engine, in memory, and prints what did not come as expected.")
    .argument("[packs...]", "files or patterns; default: the configuration's `packs`")
    .option("--coverage", "name the rules, moves, segments, audiences and triggers that no example reached")
    .option("--threshold <percent>", "fail where less than so much of a pack is reached; implies --coverage")
    .option("--only <name>", "only the examples whose name contains this")
    .option("--junit <file>", "also write the results as JUnit XML")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark test\n  tidemark test rules/b2b-funnel.yaml --only 'goes to sales'\n  tidemark test 'rules/*.yaml' --threshold 100 --junit report.xml\n\nExit: 0 all as expected, 1 findings, 2 misuse.",
    );
  addSharedFlags(command, []);
  run(command, (terminal, flags, packs) => test(terminal, flags as TestFlags, packs));
};

async function test(terminal: Terminal, flags: TestFlags, named: readonly string[]): Promise<ExitCode> {
  const threshold = readThreshold(flags.threshold);
  const patterns = named.length > 0 ? named : (await configFrom(flags, terminal)).config.packs;
  const tested = packFiles(patterns).map((file) => testPack(file, flags.only ?? ""));
  if (flags.only !== undefined && tested.every(({ problems, result }) => problems.length === 0 && result?.examples.length === 0))
    throw usage(`no example has "${flags.only}" in its name`);
  if (flags.junit !== undefined) writeJunit(flags.junit, tested);
  const ok = tested.every((one) => isFine(one, threshold));
  if (flags.json === true) await writeJson(terminal.stdout, { ok, packs: tested });
  else for (const one of tested) await print(terminal, one, flags.coverage === true || threshold > 0, threshold);
  return ok ? 0 : 1;
}

function readThreshold(text: string | undefined): number {
  const threshold = Number(text ?? 0);
  if (text !== undefined && !(text.trim() !== "" && threshold >= 0 && threshold <= 100))
    throw usage(`--threshold takes a percentage from 0 to 100, not "${text}"`);
  return threshold;
}

function isFine({ problems, result }: Tested, threshold: number): boolean {
  return problems.length === 0 && result !== null && result.examples.every(({ failures }) => failures.length === 0) && result.coverage.percent >= threshold;
}

function writeJunit(file: string, tested: readonly Tested[]): void {
  const suites = tested.map(({ file: of, pack, result, problems }) => ({
    pack: pack ?? of,
    file: of,
    examples:
      result?.examples ??
      problems.map(({ line, message, code }) => ({ name: code, line, failures: [{ line, at: "", what: code, expected: "no mistake", got: message }] })),
  }));
  try {
    writeFileSync(file, junitOf(suites));
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `${file} cannot be written (${(error as NodeJS.ErrnoException).code ?? String(error)})`, { cause: error });
  }
}

async function print(terminal: Terminal, { file, problems, result }: Tested, coverage: boolean, threshold: number): Promise<void> {
  const say = (line: string) => writeLine(terminal.stdout, line);
  for (const line of formatProblems(problems)) await say(line);
  if (result === null) return;
  for (const example of result.examples)
    for (const { line, at, what, expected, got } of example.failures)
      await say(`${file}:${line}  ${example.name}, at ${at}\n    ${what}: expected ${expected}\n    ${" ".repeat(what.length)}  got ${got}`);
  const failed = result.examples.filter(({ failures }) => failures.length > 0).length;
  const counts = `${result.examples.length - failed} of ${result.examples.length} examples as expected`;
  if (!coverage) return say(`${file}: ${counts}`);
  const { percent, reached, parts, missing } = result.coverage;
  await say(`${file}: ${counts}; ${percent} % reached (${reached} of ${parts})${percent < threshold ? `, less than ${threshold} %` : ""}`);
  for (const { kind, name } of missing) await say(`    not reached: ${kind} ${name}`);
}
