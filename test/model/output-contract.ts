// What every OutputStream must do, whatever it is made of (src/model/output.ts): run on the one in memory and on JetStream.

import { afterEach, describe, expect, test } from "vitest";
import { type OutputSequence, outputSequence } from "../../src/model/ids.ts";
import type { OutputMessage, OutputStream, PublishOutcome, StoredOutput } from "../../src/model/output.ts";

export interface OutputUnderTest {
  readonly output: OutputStream;
  /** A subject that the stream takes. */
  readonly subject: string;
  remove(sequence: OutputSequence): Promise<void>;
  /** The broker cannot be reached, until comeBack(). */
  goAway(): Promise<void>;
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

export function describeOutput(name: string, open: () => Promise<OutputUnderTest>): void {
  let current: OutputUnderTest | undefined;
  const fresh = async (): Promise<OutputUnderTest> => {
    current = await open();
    return current;
  };
  afterEach(async () => {
    await current?.close();
    current = undefined;
  });

  describe(`${name} as an output stream`, () => {
    test("is empty at first", async () => {
      const { output } = await fresh();
      expect(await output.state()).toMatchObject({ first: 1, last: 0 });
      expect(await output.get(at(0))).toBeUndefined();
      expect(await output.get(at(1))).toBeUndefined();
      expect(await ids(output, 1, 10)).toEqual([]);
    });

    test("stores a chain, and gives back what it stored", async () => {
      const { output, subject } = await fresh();
      const message = { subject, identity: "0-17-3-0", contentType: "application/cloudevents+json", body: Uint8Array.from([0, 1, 254, 255]) };
      expect(await output.publish(message, at(0))).toEqual({ kind: "stored", sequence: 1 });
      const found = await output.get(at(1));
      expect(found).toMatchObject({ subject, identity: "0-17-3-0", contentType: "application/cloudevents+json", sequence: 1 });
      expect([...(found?.body ?? [])]).toEqual([0, 1, 254, 255]);
      const ranged = await collect(output, 1, 1);
      expect(ranged.map(({ body, ...rest }) => ({ ...rest, body: [...body] }))).toEqual([{ ...message, sequence: 1, body: [0, 1, 254, 255] }]);
    });

    test("refuses what does not follow the last message, and stores nothing then", async () => {
      const { output, subject } = await fresh();
      await output.publish(make(subject, "a"), at(0));
      expect(await output.publish(make(subject, "b"), at(0))).toEqual({ kind: "refused" });
      expect(await output.publish(make(subject, "b"), at(5))).toEqual({ kind: "refused" });
      expect(await output.state()).toMatchObject({ first: 1, last: 1 });
    });

    test("is pipelined: a window goes out without waiting, and one break refuses all behind it", async () => {
      const { output, subject } = await fresh();
      const outcomes = await Promise.all(Array.from({ length: 300 }, (_, i) => output.publish(make(subject, String(i)), at(i < 200 ? i : i + 1))));
      expect(kinds(outcomes.slice(0, 200))).toEqual({ stored: 200 });
      expect(kinds(outcomes.slice(200))).toEqual({ refused: 100 });
      expect(outcomes.slice(0, 200).map((outcome) => outcome.kind === "stored" && outcome.sequence)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
      expect(await ids(output, 1, 1_000)).toEqual(Array.from({ length: 200 }, (_, i) => String(i)));
    });

    test("stores a message that names a link only right behind that link, whoever has the sequence", async () => {
      const { output, subject } = await fresh();
      await output.state();
      expect(await output.publish(make(subject, "a1"), at(0), { name: "a-1" })).toEqual({ kind: "stored", sequence: 1 });
      expect(await output.publish(make(subject, "a2"), at(1), { name: "a-2", after: "a-1" })).toEqual({ kind: "stored", sequence: 2 });
      expect(await output.publish(make(subject, "b3"), at(2), { name: "b-3" })).toEqual({ kind: "stored", sequence: 3 });
      expect(await output.publish(make(subject, "a3"), at(2), { name: "a-3", after: "a-2" })).toEqual({ kind: "refused" });
      expect(await output.publish(make(subject, "a4"), at(3), { name: "a-4", after: "a-3" })).toEqual({ kind: "refused" });
      expect(await output.publish(make(subject, "b4"), at(3), { name: "b-4", after: "b-3" })).toEqual({ kind: "stored", sequence: 4 });
      expect(await ids(output, 1, 9)).toEqual(["a1", "a2", "b3", "b4"]);
    });

    test("a broker that was started again may have forgotten a link; a message that names none goes on in any case", async () => {
      const { output, subject, goAway, comeBack } = await fresh();
      await output.state();
      await output.publish(make(subject, "a1"), at(0), { name: "a-1" });
      // Links are kept for a second on JetStream.
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      await goAway();
      await comeBack();
      await output.ready(AbortSignal.timeout(15_000));
      expect((await output.publish(make(subject, "b2"), at(1), { name: "b-2", after: "b-1" })).kind).toBe("refused");
      const { kind } = await output.publish(make(subject, "a2"), at(1), { name: "a-2", after: "a-1" });
      if (kind === "refused") expect(await output.publish(make(subject, "a2"), at(1), { name: "a-2" })).toEqual({ kind: "stored", sequence: 2 });
      expect(await output.publish(make(subject, "a3"), at(2), { name: "a-3", after: "a-2" })).toEqual({ kind: "stored", sequence: 3 });
      expect(await ids(output, 1, 9)).toEqual(["a1", "a2", "a3"]);
    }, 30_000);

    test("gives a range in order, cut at the end, without what is gone", async () => {
      const { output, subject, remove } = await fresh();
      for (let i = 0; i < 8; i++) await output.publish(make(subject, `m${i + 1}`), at(i));
      expect(await ids(output, 3, 5)).toEqual(["m3", "m4", "m5"]);
      expect(await ids(output, 9, 20)).toEqual([]);
      await remove(at(4));
      await remove(at(8));
      expect(await ids(output, 3, 20)).toEqual(["m3", "m5", "m6", "m7"]);
      expect(await ids(output, 8, 8)).toEqual([]);
      expect(await output.get(at(4))).toBeUndefined();
    });

    test("keeps its last sequence when everything in it is gone", async () => {
      const { output, subject, remove } = await fresh();
      await output.publish(make(subject, "a"), at(0));
      await remove(at(1));
      expect(await output.state()).toMatchObject({ first: 2, last: 1 });
      expect(await output.publish(make(subject, "b"), at(1))).toEqual({ kind: "stored", sequence: 2 });
    });

    test("while the broker is away publishes are not stored, and ready() waits until it is back", async () => {
      const { output, subject, goAway, comeBack } = await fresh();
      await output.publish(make(subject, "a"), at(0));
      await goAway();
      expect(["busy", "unknown"]).toContain((await output.publish(make(subject, "b"), at(1))).kind);
      let back = false;
      const ready = output.ready(AbortSignal.timeout(15_000)).then(() => {
        back = true;
      });
      await expect(output.ready(AbortSignal.timeout(100))).rejects.toBeDefined();
      expect(back).toBe(false);
      await comeBack();
      await ready;
      expect((await output.state()).last).toBe(1);
      expect(await output.publish(make(subject, "b"), at(1))).toEqual({ kind: "stored", sequence: 2 });
    }, 30_000);
  });
}

const at = outputSequence;
const make = (subject: string, identity: string): OutputMessage => ({ subject, identity, contentType: "text/plain", body: new TextEncoder().encode(identity) });

async function collect(output: OutputStream, from: number, to: number): Promise<StoredOutput[]> {
  const out: StoredOutput[] = [];
  for await (const message of output.range(at(from), at(to))) out.push(message);
  return out;
}

const ids = async (output: OutputStream, from: number, to: number): Promise<string[]> => (await collect(output, from, to)).map((message) => message.identity);

function kinds(outcomes: readonly PublishOutcome[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of outcomes) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
