import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { lockStateFolder, type StateLock } from "../../src/flow/state-lock.ts";
import { random } from "./seeded.ts";

const HOLDER = join(import.meta.dirname, "lock-holder.ts");

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tidemark-lock-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

interface Holder {
  readonly process: ChildProcess;
  /** What it said: "locked", or the error. */
  readonly said: string;
}

async function startHolder(folder: string, mode = ""): Promise<Holder> {
  const child = spawn(process.execPath, [HOLDER, folder, mode], { stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return { process: child, said };
}

async function kill({ process: child }: Holder): Promise<void> {
  const exit = once(child, "exit");
  child.kill("SIGKILL");
  await exit;
}

const locked = expect.objectContaining({ code: "STATE_LOCKED" });

describe("one process", () => {
  it("locks a folder that is not there yet, and again after it has let go", async () => {
    const folder = join(await newFolder(), "a", "b");
    const lock = await lockStateFolder(folder);
    await lock.release();
    await lock.release();
    await (await lockStateFolder(folder)).release();
  });

  it("is refused what it already holds", async () => {
    const folder = await newFolder();
    const lock = await lockStateFolder(folder);
    await expect(lockStateFolder(folder)).rejects.toEqual(locked);
    await lock.release();
  });

  it("leaves one small file behind, however often it comes", async () => {
    const folder = await newFolder();
    for (let i = 0; i < 5; i++) await (await lockStateFolder(folder)).release();
    expect(await readdir(folder)).toEqual(["lock.5"]);
  });

  it("can lock a folder whose path is longer than a socket's may be", async () => {
    const folder = join(await newFolder(), "x".repeat(150));
    const lock = await lockStateFolder(folder);
    await expect(lockStateFolder(folder)).rejects.toEqual(locked);
    await lock.release();
  });

  it("says what is wrong with a folder that cannot be locked", async () => {
    const file = join(await newFolder(), "file");
    await writeFile(file, "");
    await expect(lockStateFolder(file)).rejects.toEqual(expect.objectContaining({ code: "FILE_UNREADABLE" }));
  });

  it("is not put off by a ticket that a crash of the machine left unreadable", async () => {
    const folder = await newFolder();
    await writeFile(join(folder, "lock.3"), "\0\0\0\0");
    await (await lockStateFolder(folder)).release();
    expect(await readdir(folder)).toEqual(["lock.4"]);
  });
});

describe("two processes", () => {
  it("the second is refused and told who holds the lock", async () => {
    const folder = await newFolder();
    const first = await startHolder(folder);
    expect(first.said).toBe("locked");
    await expect(lockStateFolder(folder)).rejects.toThrow(`in use by process ${first.process.pid}`);
    expect((await startHolder(folder)).said).toMatch(new RegExp(`^STATE_LOCKED: .*process ${first.process.pid}`));
  });

  it("the second gets it once the first has let go", async () => {
    const folder = await newFolder();
    const first = await startHolder(folder);
    const exit = once(first.process, "exit");
    first.process.stdin?.write("go\n");
    expect(await exit).toEqual([0, null]);
    await (await lockStateFolder(folder)).release();
  });

  it("the second gets it after kill -9 of the first, which leaves its socket behind", async () => {
    const folder = await newFolder();
    await kill(await startHolder(folder));
    expect((await readdir(folder)).filter((name) => name.endsWith(".sock"))).toHaveLength(1);
    const lock = await lockStateFolder(folder);
    expect((await readdir(folder)).filter((name) => name.endsWith(".sock"))).toHaveLength(1);
    await lock.release();
    expect(await readdir(folder)).toEqual(["lock.2"]);
  });

  it.each([
    ["is busy and never looks at its socket", "busy", undefined],
    ["is stopped", "", "SIGSTOP" as const],
  ])("the second is refused while the first %s", async (_, mode, signal) => {
    const folder = await newFolder();
    const first = await startHolder(folder, mode);
    if (signal !== undefined) first.process.kill(signal);
    await sleep(20);
    for (let i = 0; i < 20; i++) await expect(lockStateFolder(folder)).rejects.toEqual(locked);
    await kill(first);
    await (await lockStateFolder(folder)).release();
  });
});

describe("many at once", () => {
  it("exactly one process takes over from a killed one", async () => {
    const folder = await newFolder();
    for (let round = 0; round < 3; round++) {
      await kill(await startHolder(folder));
      const holders = await Promise.all(Array.from({ length: 5 }, () => startHolder(folder)));
      expect(holders.map(({ said }) => said.replace(/:.*/, "")).sort()).toEqual(["STATE_LOCKED", "STATE_LOCKED", "STATE_LOCKED", "STATE_LOCKED", "locked"]);
      for (const holder of holders) if (holder.process.exitCode === null) await kill(holder);
    }
  });

  it("never two hold it, through hundreds of hand-overs", async () => {
    const folder = await newFolder();
    const next = random(7);
    let holding = 0;
    let taken = 0;
    const contend = async () => {
      for (let i = 0; i < 60; i++) {
        const lock: StateLock | undefined = await lockStateFolder(folder).catch((error: unknown) => {
          expect(error).toEqual(locked);
          return undefined;
        });
        if (lock === undefined) continue;
        taken++;
        expect(++holding).toBe(1);
        if (next() < 0.5) await sleep(next() * 2);
        holding--;
        await lock.release();
      }
    };
    await Promise.all(Array.from({ length: 12 }, contend));
    expect(taken).toBeGreaterThan(50);
  });
});
