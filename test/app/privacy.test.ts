// Forgetting on a running engine: from the request to the last byte on the disk.

import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Eraser } from "../../src/app/erasers.ts";
import { Erasing } from "../../src/app/erasing.ts";
import { EnginePrivacy } from "../../src/app/privacy.ts";
import { forgetRecord } from "../../src/model/forget.ts";
import type { ContactKey } from "../../src/model/ids.ts";
import { logSubjects } from "../../src/model/log.ts";
import type { Erasable, ForgetStatus } from "../../src/model/privacy.ts";
import { type MemoryEngine, startMemoryEngine } from "./memory-engine.ts";

const WAIT_MS = 10_000;
const user = (id: string): ContactKey => ({ kind: "user", id });

const NOTHING: Eraser = async () => ({ erased: 0, left: 0 });

function privacyOf({ engine, log }: MemoryEngine, eraser: Eraser | Partial<Record<Erasable, Eraser>> = {}, againMs = 5): EnginePrivacy {
  const given = typeof eraser === "function" ? { log: eraser, output: eraser, dead: eraser } : eraser;
  const erasers = { log: NOTHING, output: NOTHING, dead: NOTHING, ...given };
  const parts = { engine: Promise.resolve(engine), log, shard: "0" };
  const erasing = new Erasing({ ...parts, erasers, failed: () => {}, againMs });
  const ending = new AbortController();
  onTestFinished(() => ending.abort());
  void erasing.run(ending.signal).catch(() => {});
  return new EnginePrivacy({ ...parts, erasing, published: async () => ({ events: [] }) });
}

/** Files of the state folder that have these bytes in them. */
function filesWith(folder: string, text: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => readFileSync(path).includes(text));
}

/** The oldest first. */
const generations = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => name.startsWith("checkpoint-"))
    .sort();

describe("a request to forget", () => {
  it("is done when no checkpoint has the contact any more, and what was asked for is erased", async () => {
    const running = await startMemoryEngine();
    await running.hit(["forget-me", "keep-me"]);
    await running.engine.checkpoint();
    await running.hit(["keep-me"]);
    await running.engine.checkpoint();
    expect(filesWith(running.folder, "forget-me")).toHaveLength(2);
    const erased: unknown[] = [];
    const privacy = privacyOf(running, async ({ keys }, { position }) => {
      expect(filesWith(running.folder, "forget-me")).toEqual([]);
      erased.push([keys, position]);
      return { erased: 2, left: 1 };
    });
    const status = await privacy.forget(user("forget-me"), ["log", "output"], WAIT_MS);
    expect(status).toMatchObject({ state: "done", found: true, takenBack: 0, erased: { log: { erased: 2, left: 1 }, output: { erased: 2, left: 1 } } });
    expect(erased).toEqual([
      [[user("forget-me")], status.position],
      [[user("forget-me")], status.position],
    ]);
    expect([await running.engine.contact(user("forget-me")), await privacy.export(user("forget-me"))]).toEqual([undefined, undefined]);
    expect(filesWith(running.folder, "keep-me")).toHaveLength(2);
    expect(await privacy.status(status.request)).toEqual(status);
    const { kind: _, ...rest } = status;
    await eventually(async () => (await privacyOf(running).status(status.request))?.state === "done");
    expect(await privacyOf(running).status(status.request)).toEqual(rest);
    expect(await privacy.status("another")).toBeUndefined();
  });

  it("may be made again, and for somebody who was never there", async () => {
    const running = await startMemoryEngine();
    await running.hit(["c1"]);
    const privacy = privacyOf(running);
    for (const [id, found] of [
      ["c1", true],
      ["c1", false],
      ["nobody", false],
    ] as const)
      expect(await privacy.forget(user(id), [], WAIT_MS)).toMatchObject({ state: "done", found });
    await running.hit(["c1"]);
    expect(await running.engine.contact(user("c1"))).toMatchObject({ packs: { counting: { measures: { hits: 1 } } } });
    expect(running.engine.status().outcomes).toMatchObject({ applied: 2, forgotten: 0 });
  });

  it("that nobody lives to follow is followed by the next start", async () => {
    const first = await startMemoryEngine();
    await first.hit(["forget-me", "c2"]);
    await first.engine.checkpoint();
    await first.engine.stop();
    expect(filesWith(first.folder, "forget-me")).toHaveLength(2);
    await first.log.append(logSubjects("0").forget, Buffer.from(JSON.stringify(forgetRecord([user("forget-me")], "r-1"))));
    const second = await startMemoryEngine({ from: first });
    await eventually(async () => (await privacyOf(second).status("r-1"))?.state === "done");
    expect(filesWith(second.folder, "forget-me")).toEqual([]);
    expect(await privacyOf(second).status("r-1")).toMatchObject({ found: true });
  });

  it.each([
    ["whole", () => {}],
    ["half removed", (folder: string) => rmSync(join(folder, "manifest.json"))],
  ])("that died before an older checkpoint was removed is gone on with by the next start: one that is %s", async (_, cut) => {
    const first = await startMemoryEngine();
    await first.hit(["forget-me", "c2"]);
    await first.engine.checkpoint();
    const old = generations(first.folder)[0] as string;
    cpSync(join(first.folder, old), join(first.state, old), { recursive: true });
    const { request } = await privacyOf(first).forget(user("forget-me"), [], WAIT_MS);
    await first.engine.stop();
    expect(generations(first.folder)).toHaveLength(2);
    cpSync(join(first.state, old), join(first.folder, old), { recursive: true });
    rmSync(join(first.state, old), { recursive: true });
    cut(join(first.folder, old));
    expect(filesWith(first.folder, "forget-me")).toHaveLength(1);
    const again = await startMemoryEngine({ from: first });
    await eventually(async () => (await privacyOf(again).status(request))?.state === "done");
    expect(filesWith(again.folder, "forget-me")).toEqual([]);
  });

  it("that died between its two checkpoints is gone on with by a start that finds nothing new in the log", async () => {
    const first = await startMemoryEngine();
    await first.hit(["forget-me", "c2"]);
    await first.engine.checkpoint();
    const old = generations(first.folder)[0] as string;
    cpSync(join(first.folder, old), join(first.state, old), { recursive: true });
    const status = await privacyOf(first).forget(user("forget-me"), [], WAIT_MS);
    await first.engine.stop();
    rmSync(join(first.folder, generations(first.folder)[0] as string), { recursive: true });
    cpSync(join(first.state, old), join(first.folder, old), { recursive: true });
    rmSync(join(first.state, old), { recursive: true });
    expect(filesWith(first.folder, "forget-me")).toHaveLength(1);
    const again = await startMemoryEngine({ from: first });
    await eventually(async () => (await privacyOf(again).status(status.request))?.state === "done");
    expect(filesWith(again.folder, "forget-me")).toEqual([]);
  });
});

describe("an erasing that was asked for", () => {
  const started = async () => {
    const first = await startMemoryEngine();
    await first.hit(["forget-me", "c2"]);
    return first;
  };

  it("and that its process did not live to finish is gone on with by the next start, by hashes, stream by stream", async () => {
    const first = await started();
    const never = () => new Promise<never>(() => {});
    const before = privacyOf(first, { log: async () => ({ erased: 4, left: 1 }), output: never });
    const { request } = await before.forget(user("forget-me"), ["log", "output", "dead"], 1);
    await eventually(async () => (await before.status(request))?.erased?.log !== undefined);
    const status = (await before.status(request)) as ForgetStatus;
    expect(status).toMatchObject({ state: "applied", erase: ["log", "output", "dead"], erased: { log: { erased: 4, left: 1 } } });
    await first.engine.stop();
    const second = await startMemoryEngine({ from: first });
    const asked: unknown[] = [];
    const eraser = (what: string): Eraser => {
      return async ({ contacts, keys }, { position }) => {
        asked.push([what, contacts.map(({ hash }) => hash), keys, position]);
        return { erased: 1, left: 0, unread: 2 };
      };
    };
    const privacy = privacyOf(second, { log: eraser("log"), output: eraser("output"), dead: eraser("dead") });
    await eventually(async () => (await privacy.status(status.request))?.state === "done");
    expect(asked).toEqual([
      ["output", [status.hash], undefined, status.position],
      ["dead", [status.hash], undefined, status.position],
    ]);
    const done = { log: { erased: 4, left: 1 }, output: { erased: 1, left: 0, unread: 2 }, dead: { erased: 1, left: 0, unread: 2 } };
    expect((await privacy.status(status.request))?.erased).toEqual(done);
    await second.engine.stop();
    const third = await startMemoryEngine({ from: second });
    const idle = privacyOf(third, () => Promise.reject(new Error("it is done")));
    expect(await idle.status(status.request)).toMatchObject({ state: "done", erased: done });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await idle.status(status.request)).not.toHaveProperty("problem");
  });

  it("may be done by two at once: what is gone is gone, and the first to say so counts", async () => {
    const first = await started();
    const status = await privacyOf(first, () => new Promise<never>(() => {})).forget(user("forget-me"), ["log"], 1);
    await first.engine.forgets.whenApplied(status.request);
    await first.engine.stop();
    const second = await startMemoryEngine({ from: first });
    const erasing = [5, 0].map((erased) => privacyOf(second, async () => ({ erased, left: 0 })));
    for (const one of erasing) await eventually(async () => (await one.status(status.request))?.state === "done");
    await second.hit(["c2"]);
    const told = await Promise.all(erasing.map((one) => one.status(status.request)));
    expect(told[0]).toEqual(told[1]);
    expect(await second.engine.pool.erasures()).toEqual([]);
    expect(second.engine.status().outcomes.deadLetter).toBe(0);
  });

  it("that fails says why, and is tried again by itself", async () => {
    const running = await started();
    let tries = 0;
    const privacy = privacyOf(
      running,
      {
        output: async () => {
          if (++tries < 3) throw new Error("the broker refuses");
          return { erased: 1, left: 0 };
        },
      },
      50,
    );
    const status = await privacy.forget(user("forget-me"), ["output"], WAIT_MS);
    expect(status).toMatchObject({ state: "failed", problem: "the broker refuses", erased: {} });
    await eventually(async () => (await privacy.status(status.request))?.state === "done");
    expect([tries, await privacy.status(status.request)]).toMatchObject([3, { erased: { output: { erased: 1, left: 0 } } }]);
  });

  it("is done by the record in the log alone, said once or twice, and not by one that nobody asked for", async () => {
    const running = await started();
    const { log, engine } = running;
    const say = (record: object, subject: string) => log.append(subject, Buffer.from(JSON.stringify(record)));
    await say(forgetRecord([user("forget-me")], "r-1", ["dead"]), logSubjects("0").forget);
    await engine.forgets.whenApplied("r-1");
    const erased = { type: "erased", request: "r-1", what: "dead", erased: 3, left: 0 };
    for (const record of [{ ...erased, what: "log" }, { ...erased, request: "r-2" }, erased, { ...erased, erased: 9 }])
      await say(record, logSubjects("0").erased);
    await running.hit(["c2"]);
    expect(await engine.pool.erasures()).toEqual([]);
    expect(await engine.pool.forgetOf("r-1")).toMatchObject({ erase: ["dead"], erased: { dead: { erased: 3, left: 0 } } });
    expect(engine.status().outcomes.deadLetter).toBe(0);
  });

  it("outlives that the contact is forgotten once more", async () => {
    const first = await started();
    const status = await privacyOf(first, () => new Promise<never>(() => {})).forget(user("forget-me"), ["log"], 100);
    await first.log.append(logSubjects("0").forget, Buffer.from(JSON.stringify(forgetRecord([user("forget-me")], "again"))));
    await first.engine.forgets.whenApplied("again");
    await first.engine.stop();
    const second = await startMemoryEngine({ from: first });
    const privacy = privacyOf(second, async () => ({ erased: 2, left: 0 }));
    await eventually(async () => (await privacy.status(status.request))?.state === "done");
    expect(await privacy.status(status.request)).toMatchObject({ hash: status.hash, position: status.position, erased: { log: { erased: 2 } } });
  });
});

describe("an export", () => {
  it("has all that is held: what everybody sees, every field, and what was published", async () => {
    const running = await startMemoryEngine();
    await running.hit(["c1", "c1"]);
    const given = (await privacyOf(running).export(user("c1"))) as { hash: string; state: Record<string, unknown>; published: unknown };
    const { why: _, ...seen } = (await running.engine.contact(user("c1"))) as Record<string, unknown>;
    expect(given.state).toMatchObject(seen);
    const fields = given.state["fields"] as { numbers: Record<string, number | null> };
    expect(Object.keys(fields.numbers)).toEqual(expect.arrayContaining(["contact/deadline", "contact/first_seen", "contact/generation"]));
    expect(given.published).toEqual({ events: [] });
  });
});

async function eventually(check: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await check()); tries++) {
    if (tries > 500) throw new Error("it did not happen");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
