// The engine without a broker: bytes of log messages to encoded effects on one thread (framer and fold, as the pipeline and its
// worker run them), against nothing but JSON.parse of the same bytes. Each contestant has an isolate of its own
// (engine-isolate.ts), because code that has been compiled for one pack is slower for the next, and a real engine has one set
// of packs. The naive model of the tests is no contestant: it works everything out again from each contact's whole history.

import { Worker } from "node:worker_threads";
import { type Benchmark, percent, type Report, table, thousands } from "./benchmark.ts";
import type { IsolateOrder, IsolateRound } from "./engine-isolate.ts";
import { inTurn, median, ratioOf } from "./rounds.ts";
import type { Workbench } from "./workbench.ts";
import { BOTH_PACKS } from "./workload.ts";

export const engineBenchmark: Benchmark = {
  name: "engine",
  about: "JSON bytes to effects on one thread, no broker, against JSON.parse of the same bytes alone",
  run: async (bench) => together([await compare(bench, 1), await compare(bench, 100)]),
};

const EVENTS = { short: 3000, usual: 200_000 } as const;

async function compare(bench: Workbench, perMessage: number): Promise<Report> {
  const events = bench.sized(EVENTS.short, EVENTS.usual);
  bench.say(`${thousands(events)} events, ${perMessage} a message, in isolates of their own`);
  const [parse, b2b, both] = await Promise.all([
    isolate(bench, { work: "parse", packs: [], events, perMessage }),
    isolate(bench, { work: "engine", packs: ["b2b-funnel"], events, perMessage }),
    isolate(bench, { work: "engine", packs: BOTH_PACKS, events, perMessage }),
  ]);
  const samples = await inTurn(bench.rounds, { parse: parse.round, b2b: b2b.round, both: both.round });
  await Promise.all([parse.end(), b2b.end(), both.end()]);
  return { lines: linesOf(perMessage, samples), figures: { [`perMessage${perMessage}`]: samples } };
}

type Samples = Readonly<Record<"parse" | "b2b" | "both", readonly IsolateRound[]>>;

function linesOf(perMessage: number, samples: Samples): string[] {
  const rate = (rounds: readonly IsolateRound[]): number[] => rounds.map((round) => (round.events / round.ms) * 1000);
  const parse = rate(samples.parse);
  const of = (name: string, rounds: readonly IsolateRound[]): string[] => {
    const first = rounds[0] as IsolateRound;
    const ratio = ratioOf(rate(rounds), parse);
    const share = median(rounds.map((round) => round.framingMs / round.ms));
    const middle = median(rounds.map((round) => (round.ms / round.events) * 1000));
    return [
      name,
      thousands(median(rate(rounds))),
      `${middle.toFixed(2)} us`,
      ratio.median.toFixed(2),
      first.framingMs === 0 ? "" : percent(share),
      first.effects === 0 ? "" : (first.effects / first.events).toFixed(2),
      first.effects === 0 ? "" : thousands(first.effectBytes / first.effects),
    ];
  };
  const { events, bytes } = samples.parse[0] as IsolateRound;
  return [
    `${thousands(events)} events of ${thousands(bytes / events)} bytes, ${perMessage} a message`,
    ...table([
      ["", "events/s of processor time", "an event", "of JSON.parse", "in the framer", "effects an event", "bytes an effect"],
      of("JSON.parse alone", samples.parse),
      of("engine, b2b-funnel", samples.b2b),
      of("engine, both packs", samples.both),
    ]),
  ];
}

interface Isolate {
  readonly round: () => Promise<IsolateRound>;
  readonly end: () => Promise<void>;
}

/** Starts one and waits until it has its input. */
async function isolate(bench: Workbench, order: IsolateOrder): Promise<Isolate> {
  const worker = new Worker(new URL("engine-isolate.ts", import.meta.url), { workerData: order });
  const died = new Promise<never>((_, reject) => worker.once("error", reject));
  died.catch(() => {});
  const answer = <T>(): Promise<T> => Promise.race([new Promise<T>((resolve) => worker.once("message", resolve)), died]);
  bench.atClose(async () => void (await worker.terminate()));
  await answer<"ready">();
  const round = (): Promise<IsolateRound> => {
    const done = answer<IsolateRound>();
    worker.postMessage("round");
    return done;
  };
  const end = async (): Promise<void> => {
    const gone = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    worker.postMessage("end");
    await gone;
  };
  return { round, end };
}

function together(reports: readonly Report[]): Report {
  return { lines: reports.flatMap((report) => report.lines), figures: Object.assign({}, ...reports.map((report) => report.figures)) as Report["figures"] };
}
