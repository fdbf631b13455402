import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type AckedOutput, Outbox, type OutboxOptions } from "../../src/flow/outbox.ts";
import { effectMessage, epochMessage } from "../../src/flow/outbox-epoch.ts";
import { type Effect, formatIdentity } from "../../src/model/effect.ts";
import { TidemarkError } from "../../src/model/errors.ts";
import { epochMs, outputSequence, partitionId, position } from "../../src/model/ids.ts";
import { BrokenOutput, type Fate } from "./broken-output.ts";
import { random } from "./seeded.ts";

const SHARD = "t";
const NOTHING = { identity: null, sequence: outputSequence(0) };
const LIMITS = { messages: 8, bytes: 1_000_000, settleMs: 4, pauseMs: 0, longestPauseMs: 1 };

const running: AbortController[] = [];
afterEach(() => {
  for (const controller of running.splice(0)) controller.abort(new Error("test over"));
});

function start(output: BrokenOutput, options: Partial<OutboxOptions> = {}): Promise<Outbox> {
  const controller = new AbortController();
  running.push(controller);
  return Outbox.open({
    output,
    shard: SHARD,
    from: NOTHING,
    engine: "1.0.0",
    signal: controller.signal,
    startedAt: "2026-11-22T00:00:00.000Z",
    limits: LIMITS,
    ...options,
  });
}

const effect = (at: number, partition = 0, k = 0, body = `${at}/${partition}/${k}`): Effect => ({
  position: position(at),
  partition: partitionId(partition),
  k,
  subject: `tidemark.triggers.email.p.t.${SHARD}`,
  body: Buffer.from(body),
});

const effects = (from: number, to: number): Effect[] => Array.from({ length: to - from + 1 }, (_, i) => effect(from + i));
const idOf = (one: Effect): string => formatIdentity(SHARD, one);
const isEpoch = (subject: string): boolean => subject === `tidemark.epoch.${SHARD}`;
/** Identities of the effects in the stream, in its order. */
const sent = (output: BrokenOutput): string[] =>
  output.messages.flatMap((message) => (message === undefined || isEpoch(message.subject) ? [] : [message.identity]));
const epochs = (output: BrokenOutput): Record<string, unknown>[] =>
  output.messages.flatMap((message) =>
    message !== undefined && isEpoch(message.subject) ? [JSON.parse(Buffer.from(message.body).toString()) as Record<string, unknown>] : [],
  );
const code = (expected: string) => expect.objectContaining({ code: expected });

/** A stream that an engine of this version has written effects 1 to n to, and stopped. */
async function streamWith(n: number, engine = "1.0.0"): Promise<BrokenOutput> {
  const output = new BrokenOutput();
  const outbox = await start(output, { engine });
  await outbox.append(effects(1, n), position(n));
  await outbox.whenAcked(position(n));
  return output;
}

describe("a start", () => {
  it("writes an epoch record even into an empty stream", async () => {
    const output = new BrokenOutput();
    await start(output);
    expect(epochs(output)).toEqual([{ last: null, owner: expect.any(String), engine: "1.0.0", startedAt: "2026-11-22T00:00:00.000Z" }]);
    expect(output.messages[0]?.identity).toBe(`epoch-${epochs(output)[0]?.["owner"]}`);
  });

  it("repeats the last effect in the epoch record, also after a start that sent nothing", async () => {
    const output = await streamWith(3);
    await start(output);
    await start(output);
    expect(epochs(output).map((record) => record["last"])).toEqual([null, "t-3-0-0", "t-3-0-0"]);
  });

  it("holds back what was sent before and sends the rest", async () => {
    const output = await streamWith(5);
    const outbox = await start(output);
    await outbox.append(effects(1, 9), position(9));
    await outbox.whenAcked(position(9));
    expect(sent(output)).toEqual(effects(1, 9).map(idOf));
    expect(outbox.stats).toMatchObject({ heldBack: 5, published: 4, differences: 0, ackedPosition: 9 });
  });

  it("goes on from a checkpoint in the middle", async () => {
    const output = new BrokenOutput();
    const first = await start(output);
    await first.append(effects(1, 4), position(4));
    const from = await first.whenAcked(position(4));
    await first.append(effects(5, 8), position(8));
    await first.whenAcked(position(8));
    expect(from).toMatchObject({ identity: "t-4-0-0", sequence: 5, position: 4, engine: "1.0.0" });
    const second = await start(output, { from });
    await second.append(effects(5, 12), position(12));
    await second.whenAcked(position(12));
    expect(sent(output)).toEqual(effects(1, 12).map(idOf));
    expect(second.stats.heldBack).toBe(4);
  });

  it("stops when the stream is shorter than the checkpoint remembers", async () => {
    const output = await streamWith(5);
    output.messages.length = 3;
    await expect(start(output, { from: { identity: "t-5-0-0", sequence: outputSequence(6) } })).rejects.toEqual(code("OUTPUT_DIFFERS"));
    expect(output.messages).toHaveLength(3);
  });

  it("stops when another message stands where the checkpoint remembers one", async () => {
    const output = await streamWith(5);
    await expect(start(output, { from: { identity: "t-3-0-0", sequence: outputSequence(6) } })).rejects.toThrow(/t-5-0-0.*t-3-0-0/);
  });

  it("stops at a stream of the same name that was created at another time", async () => {
    const output = await streamWith(5);
    const from = { identity: "t-5-0-0", sequence: outputSequence(6), createdMs: epochMs(999) };
    await expect(start(output, { from })).rejects.toEqual(code("OUTPUT_DIFFERS"));
  });

  it("stops when the stream ends before the last effect that the checkpoint remembers", async () => {
    const output = await streamWith(5);
    output.messages[3] = undefined;
    await expect(start(output, { from: { identity: "t-9-0-0", sequence: outputSequence(4) } })).rejects.toThrow(/t-5-0-0, which comes before t-9-0-0/);
  });

  it("accepts that the message the checkpoint remembers has aged out", async () => {
    const output = await streamWith(5);
    output.messages.fill(undefined, 0, 6);
    const outbox = await start(output, { from: { identity: "t-5-0-0", sequence: outputSequence(6) } });
    await outbox.append(effects(6, 7), position(7));
    await outbox.whenAcked(position(7));
    expect(sent(output)).toEqual(["t-6-0-0", "t-7-0-0"]);
  });

  it.each<Fate>(["lost", "ack lost", "busy", "cut", "late"])("writes its epoch record once although it is met by: %s", async (fate) => {
    const output = new BrokenOutput();
    output.fate = (n) => (n < 2 ? fate : "ok");
    const outbox = await start(output);
    output.deliverLate();
    await outbox.append(effects(1, 3), position(3));
    await outbox.whenAcked(position(3));
    expect(output.messages.map((message) => message?.identity)).toEqual([expect.stringMatching(/^epoch-/), ...effects(1, 3).map(idOf)]);
  });

  it("gives up with BROKER_UNREACHABLE when the record is never taken", async () => {
    const output = new BrokenOutput();
    output.fate = () => "busy";
    await expect(start(output)).rejects.toEqual(code("BROKER_UNREACHABLE"));
  });
});

describe("effects that are computed again", () => {
  it("must be what the same version stored", async () => {
    const output = await streamWith(5);
    const outbox = await start(output);
    const again = [...effects(1, 2), effect(3, 0, 0, "another body"), ...effects(4, 5)];
    await expect(outbox.append(again, position(5))).rejects.toThrow(
      /t-3-0-0 is stored with sha256:[0-9a-f]{16} and was computed again with sha256:[0-9a-f]{16}/,
    );
    await expect(outbox.failed).rejects.toEqual(code("OUTPUT_DIFFERS"));
    await expect(outbox.whenAcked(position(9))).rejects.toEqual(code("OUTPUT_DIFFERS"));
    expect(output.messages).toHaveLength(7);
  });

  it("must not be fewer", async () => {
    const outbox = await start(await streamWith(5));
    await expect(outbox.append([effect(1), effect(2), effect(4), effect(5)], position(5))).rejects.toThrow(/t-3-0-0.*was not computed again/);
  });

  it("must not be fewer at the end either", async () => {
    const outbox = await start(await streamWith(5));
    await outbox.append(effects(1, 4), position(4));
    await expect(outbox.append([], position(5))).rejects.toThrow(/t-5-0-0.*was not computed again/);
  });

  it("must not be more", async () => {
    const outbox = await start(await streamWith(5));
    await expect(outbox.append([effect(1), effect(2), effect(2, 7), effect(3)], position(3))).rejects.toThrow(/t-2-7-0 was computed again.*is not stored/);
  });

  it("are only counted where another version wrote", async () => {
    const output = await streamWith(3, "0.9.0");
    const outbox = await start(output);
    await outbox.append([effect(1), effect(2, 0, 0, "another body"), effect(2, 5), effect(4)], position(4));
    await outbox.whenAcked(position(4));
    expect(outbox.stats).toMatchObject({ differences: 3, heldBack: 3 });
    expect(sent(output)).toEqual(["t-1-0-0", "t-2-0-0", "t-3-0-0", "t-4-0-0"]);
  });

  it("are judged by who wrote each of them", async () => {
    const output = await streamWith(3, "0.9.0");
    const own = await start(output);
    await own.append(effects(1, 6), position(6));
    await own.whenAcked(position(6));
    const outbox = await start(output);
    await outbox.append([effect(1, 0, 0, "other"), effect(2), effect(3), effect(4)], position(4));
    expect(outbox.stats.differences).toBe(1);
    await expect(outbox.append([effect(5, 0, 0, "other")], position(5))).rejects.toEqual(code("OUTPUT_DIFFERS"));
  });

  it("are only counted when the state could not be rebuilt from all of the log", async () => {
    const outbox = await start(await streamWith(3), { strict: false });
    await outbox.append([effect(2, 0, 0, "another body"), effect(3)], position(3));
    expect(outbox.stats).toMatchObject({ differences: 2, heldBack: 2 });
  });

  it("are only counted where the record that tells who wrote them has aged out", async () => {
    const output = await streamWith(2);
    const other = await start(output, { engine: "0.9.0" });
    await other.append(effects(1, 3), position(3));
    await other.whenAcked(position(3));
    output.messages[3] = undefined;
    const outbox = await start(output);
    await outbox.append([effect(1), effect(2), effect(3, 0, 0, "another body")], position(3));
    expect(outbox.stats.differences).toBe(1);
  });

  it("are not missed where the stored ones have aged out", async () => {
    const output = await streamWith(6);
    output.messages.fill(undefined, 0, 4);
    const outbox = await start(output);
    await outbox.append(effects(1, 8), position(8));
    await outbox.whenAcked(position(8));
    expect(outbox.stats).toMatchObject({ differences: 0, heldBack: 6 });
    expect(sent(output)).toEqual(effects(4, 8).map(idOf));
  });

  it("can be read although the broker fails in between", async () => {
    const output = await streamWith(20);
    const outbox = await start(output);
    output.readFails = (n) => n % 5 === 3;
    await outbox.append(effects(1, 22), position(22));
    await outbox.whenAcked(position(22));
    expect(sent(output)).toEqual(effects(1, 22).map(idOf));
    expect(outbox.stats).toMatchObject({ heldBack: 20, differences: 0 });
  });

  it("cover positions as they pass, so that a checkpoint in the middle of a replay can be gone on from", async () => {
    const output = await streamWith(6);
    const second = await start(output);
    await second.append(effects(1, 3), position(3));
    const from = await second.whenAcked(position(3));
    expect(from).toMatchObject({ identity: "t-3-0-0", sequence: 4, position: 3 });
    const third = await start(output, { from });
    await third.append(effects(4, 7), position(7));
    await third.whenAcked(position(7));
    expect(sent(output)).toEqual(effects(1, 7).map(idOf));
    expect(third.stats.heldBack).toBe(3);
  });
});

describe("a last message that cannot be read", () => {
  /** Effects 1 to 6 at sequences 2 to 7; the last two are gone. */
  async function cutShort(): Promise<BrokenOutput> {
    const output = await streamWith(6);
    output.messages[5] = undefined;
    output.messages[6] = undefined;
    return output;
  }

  it("stops the start and says what the choices are", async () => {
    const output = await cutShort();
    const failure = await start(output).catch((error: unknown) => error);
    expect(failure).toEqual(code("OUTPUT_UNREADABLE"));
    expect((failure as TidemarkError).hint).toMatch(/--assume-sent.*--send-again/);
    expect(output.messages).toHaveLength(7);
  });

  it("with send-again: sends what nobody can see", async () => {
    const output = await cutShort();
    const outbox = await start(output, { unreadable: "send-again" });
    await outbox.append(effects(1, 8), position(8));
    await outbox.whenAcked(position(8));
    expect(sent(output)).toEqual(effects(1, 8).map(idOf));
    expect(outbox.stats).toMatchObject({ heldBack: 4, published: 4 });
  });

  it("with assume-sent: leaves out as many effects as messages are gone", async () => {
    const output = await cutShort();
    const outbox = await start(output, { unreadable: "assume-sent" });
    await outbox.append(effects(1, 8), position(8));
    await outbox.whenAcked(position(8));
    expect(sent(output)).toEqual([1, 2, 3, 4, 7, 8].map((at) => idOf(effect(at))));
    expect(epochs(output).map((record) => record["last"])).toEqual([null, "t-4-0-0", "t-6-0-0"]);
  });

  it("with assume-sent: a later start neither repeats nor extends the assumption", async () => {
    const output = await cutShort();
    const second = await start(output, { unreadable: "assume-sent" });
    await second.append(effects(1, 5), position(5));
    const third = await start(output);
    await third.append(effects(1, 7), position(7));
    await third.whenAcked(position(7));
    const fourth = await start(output);
    await fourth.append(effects(1, 8), position(8));
    await fourth.whenAcked(position(8));
    expect(sent(output)).toEqual([1, 2, 3, 4, 7, 8].map((at) => idOf(effect(at))));
  });

  it("with assume-sent: nothing is assumed of what the log did not yet hold", async () => {
    const output = await cutShort();
    const outbox = await start(output, { unreadable: "assume-sent", logLast: position(5) });
    await outbox.append(effects(1, 8), position(8));
    await outbox.whenAcked(position(8));
    expect(sent(output)).toEqual([1, 2, 3, 4, 6, 7, 8].map((at) => idOf(effect(at))));
  });

  it("with assume-sent: no position is covered while it is open what counts as sent", async () => {
    const output = await cutShort();
    const outbox = await start(output, { unreadable: "assume-sent" });
    await outbox.append(effects(1, 5), position(5));
    expect(outbox.acked.position).toBe(0);
    await outbox.append(effects(6, 6), position(6));
    expect(await outbox.whenAcked(position(6))).toMatchObject({ identity: "t-6-0-0", sequence: 9 });
  });
});

describe("sending", () => {
  it("keeps no more in flight than the window and waits until there is room", async () => {
    const output = new BrokenOutput();
    const outbox = await start(output);
    let done = false;
    output.fate = (n) => (n === 1 ? "mute" : "ok");
    const appended = outbox.append(effects(1, 100), position(100)).then(() => {
      done = true;
    });
    await sleep(5);
    expect(done).toBe(false);
    await appended;
    await outbox.whenAcked(position(100));
    expect(output.mostOut).toBeLessThanOrEqual(2 * LIMITS.messages);
    expect(sent(output)).toEqual(effects(1, 100).map(idOf));
  });

  it("keeps the bytes in flight below their limit, and still sends a message that is larger", async () => {
    const output = new BrokenOutput();
    const outbox = await start(output, { limits: { ...LIMITS, bytes: 10 } });
    const large = [effect(1, 0, 0, "123456"), effect(2, 0, 0, "x".repeat(50)), effect(3, 0, 0, "1234"), effect(4, 0, 0, "123456")];
    await outbox.append(large, position(4));
    await outbox.whenAcked(position(4));
    expect(output.mostOut).toBe(2);
    expect(sent(output)).toEqual(large.map(idOf));
  });

  it("covers positions without effects, too", async () => {
    const outbox = await start(new BrokenOutput());
    const covered = outbox.whenAcked(position(70));
    await outbox.append([effect(3)], position(40));
    await outbox.append([], position(90));
    expect(await covered).toMatchObject({ position: 90, identity: "t-3-0-0", sequence: 2 });
    expect(outbox.stats.ackedPosition).toBe(90);
  });

  it("does not cover a position before every effect up to it is stored", async () => {
    const output = new BrokenOutput();
    const outbox = await start(output);
    output.fate = (n) => (n === 2 ? "mute" : "ok");
    await outbox.append(effects(1, 1), position(1));
    await outbox.append(effects(2, 4), position(4));
    const seen: number[] = [];
    while (outbox.acked.position < 4) {
      seen.push(outbox.acked.position);
      expect(outbox.acked.sequence).toBeLessThanOrEqual(3);
      await sleep(0);
    }
    expect(seen).toContain(1);
  });

  it("refuses effects that are out of order", async () => {
    const outbox = await start(new BrokenOutput());
    await outbox.append([effect(4)], position(4));
    await expect(outbox.append([effect(3)], position(5))).rejects.toThrow(/in order/);
  });

  it("tells those who wait when the signal ends it", async () => {
    const output = new BrokenOutput();
    const controller = new AbortController();
    const outbox = await start(output, { signal: controller.signal, limits: { ...LIMITS, settleMs: 60_000 } });
    output.fate = () => "mute";
    output.muteMs = 100;
    const waits = [outbox.append(effects(1, 20), position(20)), outbox.whenAcked(position(20)), outbox.whenAcked(position(30))];
    await sleep(2);
    controller.abort(new Error("stopping"));
    for (const result of await Promise.allSettled(waits)) expect(result).toMatchObject({ status: "rejected", reason: { message: "stopping" } });
  });
});

describe("trouble on the way", () => {
  it.each<[string, Fate]>([
    ["an answer that is lost", "ack lost"],
    ["a publish that is lost", "lost"],
    ["a publish that arrives late", "late"],
    ["a busy broker", "busy"],
    ["a disconnect", "cut"],
    ["a broker that takes very long to answer", "mute"],
    ["an answer that names another place", "wrong ack"],
  ])("%s in the middle of a window costs nothing", async (_, fate) => {
    const output = new BrokenOutput();
    const outbox = await start(output);
    output.fate = (n) => (n === 4 ? fate : "ok");
    await outbox.append(effects(1, 30), position(30));
    output.deliverLate();
    await outbox.whenAcked(position(30));
    expect(sent(output)).toEqual(effects(1, 30).map(idOf));
    expect(outbox.stats.retries).toBeGreaterThan(0);
    expect(outbox.stats.trouble).toBeNull();
  });

  it("an answer out of order is no trouble", async () => {
    const output = new BrokenOutput();
    const outbox = await start(output);
    output.fate = (n) => (n % 3 === 0 ? "slow" : "ok");
    await outbox.append(effects(1, 30), position(30));
    await outbox.whenAcked(position(30));
    expect(outbox.stats.retries).toBe(0);
    expect(sent(output)).toEqual(effects(1, 30).map(idOf));
  });

  it("only the first failure of a window is looked at, and nothing is sent while answers are out", async () => {
    const output = new BrokenOutput();
    const outbox = await start(output, { limits: { ...LIMITS, settleMs: 500 } });
    output.fate = (n) => (n === 4 ? "lost" : n === 5 ? "mute" : "ok");
    await outbox.append(effects(1, 40), position(40));
    await outbox.whenAcked(position(40));
    expect(outbox.stats.retries).toBe(1);
    expect(output.mostOut).toBeLessThanOrEqual(LIMITS.messages);
  });

  it("answers that were given up no longer disturb when they come", async () => {
    const output = new BrokenOutput();
    // Long enough that the window is sent again before the answer comes, also on a busy machine.
    output.muteMs = 300;
    const outbox = await start(output, { limits: { ...LIMITS, settleMs: 1 } });
    output.fate = (n) => (n === 4 ? "lost" : n === 5 ? "mute" : "ok");
    await outbox.append(effects(1, 40), position(40));
    await outbox.whenAcked(position(40));
    await sleep(2 * output.muteMs);
    await outbox.append(effects(41, 42), position(42));
    await outbox.whenAcked(position(42));
    expect(outbox.stats.retries).toBe(1);
  });

  it("another engine's epoch record ends it for good", async () => {
    const output = new BrokenOutput();
    const first = await start(output);
    await first.append(effects(1, 3), position(3));
    await first.whenAcked(position(3));
    const second = await start(output);
    await expect(Promise.all([first.append(effects(4, 5), position(5)), first.whenAcked(position(5))])).rejects.toEqual(code("OWNER_LOST"));
    await expect(first.failed).rejects.toEqual(code("OWNER_LOST"));
    await expect(first.append(effects(6, 6), position(6))).rejects.toEqual(code("OWNER_LOST"));
    await second.append(effects(1, 6), position(6));
    await second.whenAcked(position(6));
    expect(sent(output)).toEqual(effects(1, 6).map(idOf));
  });

  it.each([
    ["where links are asked for", true],
    ["in a cluster, where they are not, and later sequences happen to fit", false],
  ])("another engine's epoch record in the middle of a window ends it, %s", async (_, linked) => {
    const output = new BrokenOutput();
    output.linked = linked;
    const outbox = await start(output);
    output.fate = (n) => {
      if (n === 3)
        output.store(epochMessage(SHARD, { last: "t-2-0-0", owner: "other", engine: "1.0.0", startedAt: "" }), outputSequence(output.messages.length));
      return "ok";
    };
    await expect(Promise.all([outbox.append(effects(1, 8), position(8)), outbox.whenAcked(position(8))])).rejects.toThrow(/holds epoch-other/);
    expect(outbox.acked.position).toBeLessThan(8);
    expect(outbox.acked.sequence).toBeLessThanOrEqual(3);
  });

  it.each([0, 1, 2, 5])("a window that an old owner had on its way when it was replaced is refused, also behind %i effects of the new one", async (behind) => {
    const output = new BrokenOutput();
    const stopping = new AbortController();
    const old = await start(output, { signal: stopping.signal });
    output.fate = (n) => (n < 2 ? "ok" : "late");
    await old.append(effects(1, 8), position(8));
    await sleep(2);
    stopping.abort(new Error("killed"));
    output.fate = () => "ok";
    const replacement = await start(output);
    await replacement.append(effects(1, 1 + behind), position(1 + behind));
    await replacement.whenAcked(position(1 + behind));
    output.deliverLate();
    expect(sent(output)).toEqual(effects(1, 1 + behind).map(idOf));
    await replacement.append(effects(2 + behind, 9), position(9));
    await replacement.whenAcked(position(9));
    expect(sent(output)).toEqual(effects(1, 9).map(idOf));
  });

  it("a broker that has forgotten the names of links, as one that was started again, costs a look at the stream", async () => {
    const output = new BrokenOutput();
    const outbox = await start(output);
    output.fate = (n) => {
      if (n === 6 || n === 20) output.forgetLink();
      return "ok";
    };
    await outbox.append(effects(1, 30), position(30));
    await outbox.whenAcked(position(30));
    expect(sent(output)).toEqual(effects(1, 30).map(idOf));
    expect(outbox.stats.retries).toBeGreaterThan(0);
  });

  it("where the broker does not ask for links, what comes from an old owner stops the new one, and its next start: nothing is passed over", async () => {
    const output = await streamWith(1);
    const replacement = await start(output);
    // Effects 2 to 5, sent as one window right behind effect 1, arrive only now: the first is refused, the others fit.
    for (const [i, late] of effects(2, 5).entries()) output.store(effectMessage(SHARD, late), outputSequence(2 + i));
    expect(sent(output)).toEqual([1, 3, 4, 5].map((at) => idOf(effect(at))));
    await expect(Promise.all([replacement.append(effects(1, 6), position(6)), replacement.whenAcked(position(6))])).rejects.toEqual(code("OWNER_LOST"));
    const third = await start(output);
    await expect(third.append(effects(1, 6), position(6))).rejects.toThrow(/t-2-0-0 was computed again.*is not stored, though later ones are/);
  });

  it("a stream that comes back shorter than it acknowledged ends it", async () => {
    const output = new BrokenOutput();
    const outbox = await start(output);
    await outbox.append(effects(1, 3), position(3));
    await outbox.whenAcked(position(3));
    output.messages.length = 2;
    await expect(Promise.all([outbox.append(effects(4, 4), position(4)), outbox.whenAcked(position(4))])).rejects.toEqual(code("OUTPUT_DIFFERS"));
  });
});

function someEffects(next: () => number): Effect[] {
  const list: Effect[] = [];
  const last = 10 + Math.floor(next() * 30);
  for (let at = 1; at <= last; at++) {
    for (let partition = 0; partition < 3; partition++) {
      for (let k = 0; next() < 0.35; k++) list.push(effect(at, partition, k));
    }
  }
  return list;
}

function someFate(next: () => number, trouble: number): Fate {
  if (next() >= trouble) return next() < 0.2 ? "slow" : "ok";
  return (["lost", "ack lost", "late", "busy", "cut", "mute", "ack lost", "lost"] as const)[Math.floor(next() * 8)] ?? "ok";
}

describe("under random faults and crashes", () => {
  const limits = { messages: 5, bytes: 30, settleMs: 1, pauseMs: 0, longestPauseMs: 0 };

  /** One life of an engine: replays from the checkpoint, takes checkpoints, and ends when done or at a random moment. */
  async function live(
    output: BrokenOutput,
    all: readonly Effect[],
    saved: AckedOutput | undefined,
    next: () => number,
    dies: boolean,
  ): Promise<{ done: boolean; saved: AckedOutput | undefined }> {
    const controller = new AbortController();
    let last = saved;
    try {
      const outbox = await Outbox.open({ output, shard: SHARD, from: saved ?? NOTHING, engine: "1.0.0", signal: controller.signal, startedAt: "", limits });
      const end = all.at(-1)?.position ?? 0;
      let at = saved?.position ?? 0;
      while (at < end) {
        const to = Math.min(end, at + 1 + Math.floor(next() * 6));
        await outbox.append(
          all.filter((one) => one.position > at && one.position <= to),
          position(to),
        );
        at = to;
        if (next() < 0.3) last = { ...(await outbox.whenAcked(position(at))), position: position(at) };
        if (dies && next() < 0.15) return { done: false, saved: last };
        if (next() < 0.3) output.deliverLate();
      }
      await outbox.whenAcked(position(end));
      return { done: true, saved: last };
    } catch (error) {
      if (error instanceof TidemarkError && error.code === "BROKER_UNREACHABLE") return { done: false, saved: last };
      throw error;
    } finally {
      controller.abort(new Error("killed"));
      output.deliverLate();
    }
  }

  it("every effect is in the stream once and in order", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), async (seed) => {
        const next = random(seed);
        const output = new BrokenOutput();
        const trouble = next() * 0.3;
        output.fate = () => someFate(next, trouble);
        output.readFails = () => next() < trouble * 0.1;
        const all = someEffects(next);
        let saved: AckedOutput | undefined;
        for (let lives = 0; ; lives++) {
          const life = await live(output, all, saved, next, lives < 4);
          saved = life.saved;
          if (life.done) break;
        }
        expect(sent(output)).toEqual(all.map(idOf));
      }),
      { numRuns: 500 },
    );
  }, 120_000);
});
