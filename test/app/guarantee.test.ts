import { describe, expect, test } from "vitest";
import { GUARANTEE_CASES, guaranteeOf, type Statement } from "../../src/app/guarantee.ts";
import { epochMs } from "../../src/model/ids.ts";
import { type BrokerFacts, capabilitiesOf, type StreamFacts } from "../../src/nats/probe.ts";

function stream(name: string, facts: Partial<StreamFacts> = {}): StreamFacts {
  return {
    ...{ name, subjects: [], createdMs: epochMs(0), messages: 0, bytes: 0, first: 1, last: 0, deleted: 0, consumers: 0, leader: null },
    ...{
      replicas: 1,
      replicasCurrent: facts.replicas ?? 1,
      storage: "file",
      persistMode: "default",
      retention: "limits",
      discard: "old",
      maxAgeMs: 0,
      maxBytes: -1,
      maxMessages: -1,
    },
    ...facts,
  };
}

interface Setup {
  readonly version?: string;
  readonly syncIntervalMs?: number | null;
  readonly cluster?: string;
  readonly log?: Partial<StreamFacts>;
  readonly output?: Partial<StreamFacts>;
  readonly streams?: readonly StreamFacts[];
}

function holds(setup: Setup = {}): Readonly<Record<Statement["case"], Statement>> {
  const { version = "2.12.3", syncIntervalMs = null, log, output } = setup;
  const facts: BrokerFacts = {
    url: "nats://broker:4222",
    server: { name: "n", version, cluster: setup.cluster ?? null },
    maxPayloadBytes: 1_048_576,
    syncIntervalMs,
    roundTripMs: { least: 1, median: 1 },
    jetstream: {
      ...{ domain: null, storageBytes: 0, storageLimitBytes: -1, memoryBytes: 0, memoryLimitBytes: -1 },
      ...{ streams: 2, streamsLimit: -1, consumers: 0, consumersLimit: -1 },
    },
    capabilities: capabilitiesOf(version),
    streams: setup.streams ?? [stream("TIDEMARK_LOG_0", log), stream("TIDEMARK_OUT_0", output), stream("TIDEMARK_LOG_other", { storage: "memory" })],
  };
  const statements = guaranteeOf(facts, "0");
  expect(statements.map((statement) => statement.case)).toEqual([...GUARANTEE_CASES]);
  return Object.fromEntries(statements.map((statement) => [statement.case, statement])) as Record<Statement["case"], Statement>;
}

describe("one server, as it comes", () => {
  test("holds when processes die, and not when the machine or its disk does", () => {
    const statements = holds();
    expect(Object.values(statements).map((statement) => statement.holds)).toEqual(["yes", "yes", "no", "no", "yes", "yes", "yes"]);
    expect(statements.power_lost.text).toContain("does not tell how often it syncs");
    expect(statements.power_lost.text).toContain("`sync_interval: always`, or three replicas, close that");
  });

  test("before 2.10 it is known how often it syncs, and that it cannot be changed", () => {
    const { power_lost } = holds({ version: "2.9.10", syncIntervalMs: 60_000 });
    expect(power_lost).toMatchObject({ holds: "no", text: expect.stringContaining("acknowledged in the last 60 s can be gone") });
    expect(power_lost.text).toContain("Newer servers");
  });

  test("that syncs before it acknowledges loses nothing to a power failure", () => {
    expect(holds({ syncIntervalMs: 0 }).power_lost.holds).toBe("yes");
    expect(holds({ syncIntervalMs: 10_000 }).power_lost).toMatchObject({ holds: "no", text: expect.stringContaining("in the last 10 s") });
  });

  test("with a shard that is not there yet counts as `run` makes it", () => {
    expect(holds({ streams: [] })).toEqual(holds());
  });
});

describe("replicas", () => {
  const three = { replicas: 3 };

  test("three survive the loss of one, and a power failure that does not take all", () => {
    const statements = holds({ cluster: "c", log: three, output: three });
    expect(statements.server_lost).toMatchObject({ holds: "yes", text: expect.stringContaining("of 3 servers one at a time") });
    expect(statements.power_lost).toMatchObject({ holds: "partly", text: expect.stringContaining("if several fail together") });
  });

  test("five survive the loss of two", () => {
    expect(holds({ cluster: "c", log: { replicas: 5 }, output: { replicas: 5 } }).server_lost.text).toContain("of 5 servers 2 at a time");
  });

  test("the weaker of both streams counts", () => {
    expect(holds({ cluster: "c", log: three, output: { replicas: 1 } }).server_lost).toMatchObject({
      holds: "no",
      text: expect.stringContaining("nats stream edit"),
    });
    expect(holds({ cluster: "c", streams: [stream("TIDEMARK_LOG_0", three)] }).server_lost.holds).toBe("no");
  });

  test("two lose nothing, and take nothing while one is away", () => {
    expect(holds({ cluster: "c", log: { replicas: 2 }, output: { replicas: 2 } }).server_lost).toMatchObject({
      holds: "partly",
      text: expect.stringContaining("nothing is taken"),
    });
  });

  test("one that is behind is said, and not counted on", () => {
    const behind = { replicas: 3, replicasCurrent: 2 };
    expect(holds({ cluster: "c", log: three, output: behind }).server_lost).toMatchObject({
      holds: "partly",
      text: expect.stringContaining("only 2 of 3 replicas are up to date"),
    });
  });
});

describe("streams in memory", () => {
  test("of one server are gone with it", () => {
    const statements = holds({ log: { storage: "memory" } });
    expect([statements.broker_killed.holds, statements.power_lost.holds]).toEqual(["no", "no"]);
    expect(holds({ log: { storage: "memory" }, syncIntervalMs: 0 }).power_lost.holds).toBe("no");
  });

  test("of three hold as long as the others live", () => {
    const memory = { storage: "memory", replicas: 3 };
    expect(holds({ cluster: "c", log: memory, output: memory }).broker_killed.holds).toBe("partly");
  });
});

test("a stream that is acknowledged before it is written can lose what a killed server had not written", () => {
  const statements = holds({ output: { persistMode: "async" }, syncIntervalMs: 0 });
  expect([statements.broker_killed.holds, statements.power_lost.holds]).toEqual(["no", "no"]);
  expect(statements.broker_killed.text).toContain("persist_mode: async");
});

test("contacts are said to come back from the log alone only where it has all of its messages", () => {
  const empty = holds({ log: { first: 1, last: 0 } });
  const holes = holds({ log: { first: 1, last: 9, deleted: 1 } });
  const begun = holds({ log: { first: 3, last: 9 } });
  expect([empty, holes, begun].map(({ log_limits }) => log_limits.holds)).toEqual(["yes", "partly", "partly"]);
  expect(holes.log_limits.text).toMatch(/^None, but messages were deleted .*INPUT_LOST, OUTPUT_DIFFERS.*Back the folder up\.$/);
});

test("limits are told with what happens there", () => {
  const statements = holds({ log: { maxAgeMs: 30 * 86_400_000, maxBytes: 10 * 1024 ** 3 }, output: { maxAgeMs: 7 * 86_400_000, maxMessages: 1_000_000 } });
  expect(statements.log_limits).toMatchObject({
    holds: "partly",
    text: expect.stringMatching(/^The log keeps at most 30 days and 10\.0 GB: .*INPUT_LOST.*Back it up\.$/),
  });
  expect(statements.output_limits).toMatchObject({
    holds: "partly",
    text: expect.stringMatching(/^The output keeps at most 7 days and 1000000 messages: .*OUTPUT_UNREADABLE/),
  });
});
