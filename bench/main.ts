// `npm run bench [name...]`: throughput, latency, checkpoints and deadlines on the real parts. Without a name all of them. A figure is
// a ratio or a comparison taken in one run, as medians of rounds in turn, printed with the machine; bench/README.md says what
// each means. `--short` runs everything in a few seconds to see that it runs, `--json` prints one JSON object on stdout.

import { parseArgs } from "node:util";
import { TidemarkError } from "../src/model/errors.ts";
import type { Benchmark, Report } from "./benchmark.ts";
import { checkpointBenchmark } from "./checkpoint.ts";
import { deadlinesBenchmark } from "./deadlines.ts";
import { edgeBenchmark } from "./edge.ts";
import { engineBenchmark } from "./engine.ts";
import { latencyBenchmark } from "./latency.ts";
import { describeMachine, machineLine } from "./machine.ts";
import { populationBenchmark } from "./population.ts";
import { questionsBenchmark } from "./questions.ts";
import { throughputBenchmark } from "./throughput.ts";
import { type Effort, natsServerBinary, Workbench } from "./workbench.ts";

const BENCHMARKS: readonly Benchmark[] = [
  throughputBenchmark,
  engineBenchmark,
  latencyBenchmark,
  checkpointBenchmark,
  populationBenchmark,
  deadlinesBenchmark,
  questionsBenchmark,
  edgeBenchmark,
];
const DEFAULT_ROUNDS = 5;
const USAGE = `usage: npm run bench -- [name...] [--short] [--full] [--rounds N] [--json]

${BENCHMARKS.map((benchmark) => `  ${benchmark.name.padEnd(11)} ${benchmark.about}`).join("\n")}

  --short     a few seconds: does it run? The figures mean nothing
  --full      large sizes as well (checkpoint: 1,000,000 contacts, deadlines: 10,000,000, with 8 GB)
  --rounds N  rounds that count, in turn (default ${DEFAULT_ROUNDS})
  --json      one JSON object on stdout
`;

interface Wish {
  readonly benchmarks: readonly Benchmark[];
  readonly effort: Effort;
  readonly json: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const wish = readArguments(args);
  if (typeof wish === "string") {
    process.stderr.write(wish);
    return wish === USAGE ? 0 : 2;
  }
  const machine = describeMachine(natsServerBinary());
  if (!wish.json) process.stdout.write(`${machineLine(machine)}\n`);
  const reports: Record<string, Report["figures"]> = {};
  for (const benchmark of wish.benchmarks) {
    const report = await runOne(benchmark, wish.effort);
    reports[benchmark.name] = report.figures;
    if (!wish.json) process.stdout.write(`\n${benchmark.name}: ${benchmark.about}\n${report.lines.map((line) => `  ${line}\n`).join("")}`);
  }
  if (wish.json) process.stdout.write(`${JSON.stringify({ machine, effort: wish.effort, benchmarks: reports })}\n`);
  return 0;
}

async function runOne(benchmark: Benchmark, effort: Effort): Promise<Report> {
  const bench = new Workbench(effort);
  try {
    return await benchmark.run(bench);
  } finally {
    await bench.close();
  }
}

/** What is to be run, or what to print instead. */
function readArguments(args: readonly string[]): Wish | string {
  const options = {
    short: { type: "boolean" },
    full: { type: "boolean" },
    json: { type: "boolean" },
    rounds: { type: "string" },
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    if (values.help === true) return USAGE;
    const rounds = Number(values.rounds ?? DEFAULT_ROUNDS);
    if (!Number.isInteger(rounds) || rounds < 1 || rounds > 100) return `bench: --rounds is a whole number from 1 to 100, not ${values.rounds}\n`;
    const unknown = positionals.find((name) => BENCHMARKS.every((benchmark) => benchmark.name !== name));
    if (unknown !== undefined) return `bench: no benchmark "${unknown}"; there are ${BENCHMARKS.map((benchmark) => benchmark.name).join(", ")}\n`;
    const benchmarks = positionals.length === 0 ? BENCHMARKS : BENCHMARKS.filter((benchmark) => positionals.includes(benchmark.name));
    return { benchmarks, effort: { short: values.short === true, full: values.full === true, rounds }, json: values.json === true };
  } catch (error) {
    return `bench: ${error instanceof Error ? error.message : String(error)}\n`;
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof TidemarkError)) throw error;
  process.stderr.write(`bench: ${error.message}\n`);
  process.exitCode = 1;
}
