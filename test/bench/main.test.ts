// The benchmarks run: each of them in its short form, on a real broker, as `npm run bench` calls it. What they measure in a few
// seconds means nothing, so only its shape is looked at.

import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { natsServerBinary } from "../support/nats-server.ts";

const MAIN = resolve(import.meta.dirname, "../../bench/main.ts");
const LONG_MS = 120_000;

interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function bench(...args: readonly string[]): Promise<Answer> {
  const env = { ...process.env, TIDEMARK_NATS_SERVER: natsServerBinary() };
  return new Promise((done) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

type Json = { readonly [key: string]: Json } & readonly Json[] & number;

async function figures(name: string): Promise<Json> {
  const { code, stdout, stderr } = await bench(name, "--short", "--json");
  expect(`${code} ${code === 0 ? "" : stderr}`).toBe("0 ");
  const answer = JSON.parse(stdout) as Json;
  expect(answer["machine"]?.["natsServer"]).toMatch(/^\d/);
  expect(Object.keys(answer["benchmarks"] ?? {})).toEqual([name]);
  return answer["benchmarks"]?.[name] as Json;
}

describe("npm run bench", () => {
  test(
    "throughput compares the engine with an idle consumer at 1 and 100 events a message",
    async () => {
      const measured = await figures("throughput");
      for (const load of ["perMessage1", "perMessage100"]) {
        const samples = measured[load]?.["samples"];
        for (const name of ["idle", "engine", "unpublished"]) expect(samples?.[name]?.[0]?.["eventsPerSecond"]).toBeGreaterThan(0);
        expect(samples?.["engine"]?.[0]?.["status"]?.["transitions"]).toBeGreaterThan(0);
      }
    },
    LONG_MS,
  );

  test(
    "engine compares one and two packs with JSON.parse, and gives effects",
    async () => {
      const measured = await figures("engine");
      for (const load of ["perMessage1", "perMessage100"]) {
        const rounds = ["parse", "b2b", "both"].map((name) => measured[load]?.[name]?.[0]);
        expect(new Set(rounds.map((round) => round?.["events"])).size).toBe(1);
        expect(rounds.map((round) => (round?.["effects"] ?? 0) > 0)).toEqual([false, true, true]);
      }
    },
    LONG_MS,
  );

  test(
    "latency has a trigger for every probe, and none before its deadline",
    async () => {
      const samples = (await figures("latency"))["samples"];
      for (const name of ["quiet", "loaded"]) {
        const sample = samples?.[name]?.[0];
        expect(sample?.["trigger"]?.length).toBeGreaterThan(10);
        expect(Math.min(...(sample?.["trigger"] ?? []))).toBeGreaterThan(0);
        expect(sample?.["deadline"]?.length).toBe(sample?.["trigger"]?.length);
        expect(Math.min(...(sample?.["deadline"] ?? []))).toBeGreaterThan(-2);
      }
      expect(samples?.["loaded"]?.[0]?.["loadPerSecond"]).toBeGreaterThan(0);
    },
    LONG_MS,
  );

  test(
    "checkpoint takes one while events come, and restores it",
    async () => {
      const [size] = Object.values(await figures("checkpoint"));
      expect(size?.["contacts"]).toBeGreaterThanOrEqual(1000);
      expect(size?.["samples"]?.["checkpoint"]?.[0]?.["bytes"]).toBeGreaterThan(10_000);
      expect(size?.["restoreMs"]?.[0]).toBeGreaterThan(0);
    },
    LONG_MS,
  );

  test(
    "deadlines fires each of a herd once, none of those that are only pending",
    async () => {
      const measured = await figures("deadlines");
      expect(measured["timers"]?.["bytesEach"]).toBeGreaterThan(0);
      expect(measured["fold"]?.["samples"]?.["pending"]?.[0]).toBeGreaterThan(0);
      expect(measured["fold"]?.["bytesEach"]).toBeGreaterThan(0);
      expect(measured["herd"]?.["fired"]).toBe(2000);
      // A step may take one more than was asked for.
      expect(measured["spread"]?.["fired"]).toBeGreaterThanOrEqual(1000);
      expect(measured["spread"]?.["fired"]).toBeLessThan(1200);
    },
    LONG_MS,
  );

  test(
    "edge takes as many events as it says, beside a handler that only publishes",
    async () => {
      const samples = (await figures("edge"))["samples"];
      for (const name of ["edge", "plain"]) {
        expect(samples?.[name]?.[0]?.["eventsPerSecond"]).toBeGreaterThan(0);
        expect(samples?.[name]?.[0]?.["p99Ms"]).toBeGreaterThan(0);
      }
    },
    LONG_MS,
  );

  test(
    "questions are answered a few contacts at a time and in one go",
    async () => {
      const { samples } = (await figures("questions")) as unknown as { samples: Record<string, readonly { stallMs: number; tookMs: number }[]> };
      for (const name of ["no question", "stages, a few at a time", "stages, in one go", "rfm, a few at a time", "rfm, in one go"])
        for (const figure of Object.values(samples[name]?.[0] ?? { none: 0 })) expect(figure).toBeGreaterThan(0);
    },
    LONG_MS,
  );

  test("a name that is none is one line and exit 2", async () => {
    expect(await bench("througput")).toEqual({
      code: 2,
      stdout: "",
      stderr: 'bench: no benchmark "througput"; there are throughput, engine, latency, checkpoint, population, deadlines, questions, edge\n',
    });
  });

  test("no server is one line and exit 1", async () => {
    const run = await new Promise<Answer>((done) => {
      execFile(
        process.execPath,
        [MAIN, "latency", "--short"],
        { env: { ...process.env, TIDEMARK_NATS_SERVER: "/nowhere/nats-server" } },
        (error, stdout, stderr) => {
          done({ code: Number(error?.code), stdout, stderr });
        },
      );
    });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/^bench: .*\/nowhere\/nats-server.*\n$/);
  });
});
