// What a question about all contacts costs events that keep coming: who stands where (`/v1/stages`), and R x F (`/v1/rfm`). Small batches go to one
// worker all the time; the slowest of them while the question is answered as the engine does, a few contacts at a time, is compared with the
// slowest while it is answered in one go, and with none at all.

import { join } from "node:path";
import { loadPacks } from "../src/cli/pack-files.ts";
import { DEMO_START_MS } from "../src/demo/population.ts";
import { type Benchmark, milliseconds, type Report, table, thousands } from "./benchmark.ts";
import { inTurn, median } from "./rounds.ts";
import { SMALL_BATCH_EVENTS, SmallBatches } from "./small-batches.ts";
import { configWith, inMessages, LIVES_CLOCK, PROJECT_ROOT, packsNamed } from "./workload.ts";

export const questionsBenchmark: Benchmark = {
  name: "questions",
  about: "longest stall while all contacts are counted a few at a time, in one go, and not at all",
  run: async (bench) => {
    const contacts = bench.sized(1000, bench.effort.full ? 5_000_000 : 1_000_000);
    const packs = [...packsNamed(["ecommerce-rfm"]), ...loadPacks([join(PROJECT_ROOT, "rules", "classic-11.yaml")])];
    const flow = await SmallBatches.open(configWith(LIVES_CLOCK), packs, inMessages(orders(contacts), 1), contacts);
    bench.say(`${thousands(flow.contacts)} contacts (${milliseconds(flow.foldedMs)})`);
    try {
      const quietMs = bench.sized(100, 2000);
      const ask = (count: () => Promise<unknown>) => () => asked(flow, count);
      const samples = await inTurn(bench.rounds, {
        "no question": ask(() => new Promise((resolve) => setTimeout(resolve, quietMs))),
        "stages, a few at a time": ask(() => flow.pool.stages()),
        "stages, in one go": ask(() => flow.pool.stages(contacts * 2)),
        "rfm, a few at a time": ask(() => flow.pool.rfm()),
        "rfm, in one go": ask(() => flow.pool.rfm(contacts * 2)),
      });
      return reportOf(flow.contacts, samples);
    } finally {
      await flow.close();
    }
  },
};

interface QuestionSample {
  readonly stallMs: number;
  readonly tookMs: number;
}

async function asked(flow: SmallBatches, count: () => Promise<unknown>): Promise<QuestionSample> {
  const began = performance.now();
  const { stallMs, result } = await flow.stallDuring(async () => {
    await count();
    return performance.now() - began;
  });
  return { stallMs, tookMs: result };
}

/** Everybody buys something, again and again, a millisecond after the one before. */
function* orders(contacts: number): Generator<string, never, undefined> {
  for (let at = 0; ; at++) {
    const of = at % contacts;
    const properties = { order_id: `o${at}`, revenue: 5 + (at % 97), products: [{ sku: `s${at % 50}` }] };
    yield JSON.stringify({
      type: "track",
      event: "Order Completed",
      userId: `c${of}`,
      messageId: `m${at}`,
      timestamp: new Date(DEMO_START_MS + at).toISOString(),
      properties,
    });
  }
}

function reportOf(contacts: number, samples: Readonly<Record<string, readonly QuestionSample[]>>): Report {
  const rows = Object.entries(samples).map(([name, of]) => [
    name,
    milliseconds(median(of.map(({ stallMs }) => stallMs))),
    milliseconds(Math.max(...of.map(({ stallMs }) => stallMs))),
    milliseconds(median(of.map(({ tookMs }) => tookMs))),
  ]);
  return {
    lines: [
      `${thousands(contacts)} contacts in one worker`,
      ...table([[`a batch of ${SMALL_BATCH_EVENTS} events`, "slowest, median", "worst", "answered in"], ...rows]),
    ],
    figures: { contacts, samples },
  };
}
