import { expect, test } from "vitest";
import { MemoryDeadLetters, MemoryOutput } from "../../src/flow/memory-output.ts";
import { outputSequence } from "../../src/model/ids.ts";
import type { OutputMessage } from "../../src/model/output.ts";
import { describeOutput } from "../model/output-contract.ts";

describeOutput("the output stream in memory", async () => {
  const output = new MemoryOutput();
  return {
    output,
    subject: "tidemark.triggers.email.p.t.0",
    remove: async (sequence) => output.remove(sequence),
    goAway: async () => output.goAway(),
    comeBack: async () => output.comeBack(),
    close: async () => {},
  };
});

const make = (identity: string): OutputMessage => ({ subject: "s", identity, contentType: "", body: new Uint8Array() });
const after = outputSequence;

test("each fault belongs to the publish it was asked for, and says what became of the message", async () => {
  const output = new MemoryOutput({
    faults: new Map([
      [2, "loseAck"],
      [3, "drop"],
      [4, "refuse"],
      [5, "busy"],
    ]),
  });
  expect(await output.publish(make("a"), after(0))).toEqual({ kind: "stored", sequence: 1 });
  expect((await output.publish(make("b"), after(1))).kind).toBe("unknown");
  expect((await output.publish(make("c"), after(2))).kind).toBe("unknown");
  expect((await output.publish(make("d"), after(2))).kind).toBe("refused");
  expect((await output.publish(make("e"), after(2))).kind).toBe("busy");
  expect(await output.publish(make("f"), after(2))).toEqual({ kind: "stored", sequence: 3 });
  expect(output.messages.map((message) => message.identity)).toEqual(["a", "b", "f"]);
  expect(output.published).toBe(6);
});

test("another writer breaks the chain", async () => {
  const output = new MemoryOutput();
  await output.publish(make("a"), after(0));
  expect(output.intrude(make("stranger"))).toBe(2);
  expect(await output.publish(make("b"), after(1))).toEqual({ kind: "refused" });
});

test("dead letters are kept in the order in which they came", async () => {
  const dead = new MemoryDeadLetters();
  const letter = { reason: "no_id" as const, error: "e", subject: "s", body: new Uint8Array() };
  await dead.put([
    { ...letter, id: "0-1-0" },
    { ...letter, id: "0-1-1" },
  ]);
  await dead.put([{ ...letter, id: "0-2-0" }]);
  expect(dead.letters.map(({ id }) => id)).toEqual(["0-1-0", "0-1-1", "0-2-0"]);
});

test("a full stream says so; to a publish that would not follow either, by the order of its checks", async () => {
  for (const [checks, answer] of [
    ["sequence first", "refused"],
    ["limits first", "busy"],
  ] as const) {
    const output = new MemoryOutput({ checks });
    await output.publish(make("a"), after(0));
    output.fill();
    expect((await output.publish(make("b"), after(1))).kind).toBe("busy");
    expect((await output.publish(make("b"), after(7))).kind).toBe(answer);
    output.makeRoom();
    expect(await output.publish(make("b"), after(1))).toEqual({ kind: "stored", sequence: 2 });
  }
});

test("a stream that comes back shorter goes on from its new end", async () => {
  const output = new MemoryOutput();
  for (let i = 0; i < 3; i++) await output.publish(make(String(i)), after(i));
  output.loseTail(after(1));
  expect(await output.state()).toMatchObject({ first: 1, last: 1 });
  expect(await output.publish(make("new"), after(1))).toEqual({ kind: "stored", sequence: 2 });
});
