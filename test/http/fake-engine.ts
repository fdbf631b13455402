// An engine that says what a test tells it to say: the server is tested against model/status.ts and nothing behind it.

import type { ContactKey } from "../../src/model/ids.ts";
import type { Engine, EngineStatus } from "../../src/model/status.ts";

export const idleStatus: EngineStatus = {
  shard: "0",
  phase: "live",
  trouble: null,
  position: 42,
  taken: 43,
  logTimeMs: 1_700_000_000_000,
  lagMessages: 0,
  lagSeconds: 0,
  messages: 43,
  stampedBack: 6,
  events: 100,
  outcomes: { applied: 90, duplicate: 4, late: 3, forgotten: 0, deadLetter: 3 },
  deadByReason: { broken_json: 3 },
  dropped: {},
  transitions: 12,
  triggers: 5,
  withheld: 1,
  withheldByReason: { cap: 1 },
  goalsByOutcome: { reached: 3, held_out: 1 },
  heldBack: 2,
  outputDifferences: 0,
  outboxRetries: 0,
  deadlinesFired: 7,
  ticks: 5,
  repeatedTicks: 2,
  contacts: 31,
  unwrittenRecords: { count: 3, oldestSeconds: 1.5 },
  history: { contacts: 0, events: 0, muted: {}, caughtUp: 0 },
  nextDeadlineMs: Number.POSITIVE_INFINITY,
  duplicatesReachMs: 86_400_000,
  checkpoint: null,
  checkpointFailures: 0,
  checkpointFailure: null,
  time: { reading: 10, framing: 20, workers: 3000, outbox: 40, checkpoints: 50 },
};

export interface FakeEngine extends Engine {
  readonly asked: ContactKey[];
}

export function fakeEngine(options: { status?: Partial<EngineStatus>; contact?: (key: ContactKey) => Promise<unknown> } = {}): FakeEngine {
  const asked: ContactKey[] = [];
  return {
    asked,
    status: () => ({ ...idleStatus, ...options.status }),
    contact: (key) => {
      asked.push(key);
      return options.contact?.(key) ?? Promise.resolve(undefined);
    },
    stages: async () => ({ asOf: { from: 41, to: 43 }, contacts: 2, packs: { p: { stages: { lead: 2 }, segments: {}, audiences: {} } } }),
    targets: async () => ({}),
    rfm: async () => ({ asOf: { from: 41, to: 43 }, packs: {} }),
    digest: async () => "0",
    checkpoint: async () => {},
    stop: async () => {},
    ended: Promise.resolve(),
  };
}
