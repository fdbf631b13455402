// A server of our own against the real binary: it is ours, it keeps its store and port over a kill -9, it does not outlive
// us, and it leaves nothing behind. Each of these has been a way for tests to disturb each other.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { expect, onTestFinished, test } from "vitest";
import { startOwnServer } from "../../src/demo/own-server.ts";
import { natsServerBinary, startTestServer } from "../support/nats-server.ts";

const MODULE = join(import.meta.dirname, "../../src/demo/own-server.ts");

test("it answers on 127.0.0.1 with JetStream, and two at once do not meet", async () => {
  const [first, second] = await Promise.all([startTestServer(), startTestServer()]);
  expect(first.port).not.toBe(second.port);
  expect(first.url).toBe(`nats://127.0.0.1:${first.port}`);
  await createStream(first.url);
  expect(await streams(first.url)).toEqual(["KEPT"]);
  expect(await streams(second.url)).toEqual([]);
});

test("after kill -9 it comes back on the same port with what it had stored", async () => {
  const server = await startTestServer();
  await createStream(server.url);
  const { port, pid } = server;
  server.kill("SIGKILL");
  await server.restart();
  expect(server.port).toBe(port);
  expect(server.pid).not.toBe(pid);
  expect(await streams(server.url)).toEqual(["KEPT"]);
});

test("stopping ends the process and removes a folder that was temporary", async () => {
  const server = await startOwnServer({ binary: natsServerBinary() });
  expect(existsSync(server.folder)).toBe(true);
  await Promise.all([server.stop(), server.stop()]);
  expect(isRunning(server.pid)).toBe(false);
  expect(existsSync(server.folder)).toBe(false);
});

test("a folder that was named is kept, and another server can go on from it", async () => {
  const folder = temporaryFolder();
  const first = await startOwnServer({ binary: natsServerBinary(), folder });
  await createStream(first.url);
  await first.stop();
  const second = await startTestServer({ folder });
  expect(await streams(second.url)).toEqual(["KEPT"]);
});

test("a port that somebody else holds is not taken for ours", async () => {
  const other = createServer((socket) => socket.end('INFO {"server_name":"somebody else","jetstream":true}\r\n'));
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(startOwnServer({ binary: natsServerBinary(), port })).rejects.toThrow(`port ${port} is taken`);
});

test("a binary that cannot run is named in the message", async () => {
  await expect(startOwnServer({ binary: "/nowhere/nats-server" })).rejects.toThrow(/\/nowhere\/nats-server.*could not be started/);
});

test("a server that ends at once says why, with the end of its log", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "jetstream"), "a file where the store should go");
  await expect(startOwnServer({ binary: natsServerBinary(), folder })).rejects.toThrow(/ended .*its log ends: .*(not a directory|storage)/i);
});

test.each(["SIGKILL", "SIGTERM"] as const)("it ends when its owner dies of %s, and its folder goes too", async (signal) => {
  const { pid, folder } = await ownerThatDies(signal);
  await expect.poll(() => isRunning(pid), { timeout: 8_000 }).toBe(false);
  await expect.poll(() => existsSync(folder), { timeout: 8_000 }).toBe(false);
});

test("a cluster of three has a leader, and keeps a replicated stream over the kill of a member", async () => {
  const server = await startTestServer({ clustered: true });
  await createStream(server.url, 3);
  server.kill("SIGKILL");
  await server.restart();
  await expect.poll(() => streams(server.url).catch(() => []), { timeout: 15_000 }).toEqual(["KEPT"]);
}, 60_000);

/** Starts a server in a process of its own and ends that process by the signal. */
async function ownerThatDies(signal: NodeJS.Signals): Promise<{ pid: number; folder: string }> {
  const program = `import { startOwnServer } from ${JSON.stringify(MODULE)};
    const server = await startOwnServer({ binary: ${JSON.stringify(natsServerBinary())} });
    console.log(JSON.stringify({ pid: server.pid, folder: server.folder }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void owner.kill("SIGKILL"));
  const [line] = (await once(owner.stdout.setEncoding("utf8"), "data")) as [string];
  const server = JSON.parse(line) as { pid: number; folder: string };
  expect(isRunning(server.pid)).toBe(true);
  owner.kill(signal);
  return server;
}

async function createStream(url: string, replicas = 1): Promise<void> {
  const connection = await connect({ servers: url });
  const { streams } = await jetstreamManager(connection);
  // A cluster has a leader a moment before that leader has heard of every member.
  const create = async (): Promise<string> => (await streams.add({ name: "KEPT", subjects: ["kept.>"], num_replicas: replicas })).config.name;
  await expect.poll(() => create().catch(String), { timeout: 15_000 }).toBe("KEPT");
  await connection.close();
}

async function streams(url: string): Promise<string[]> {
  const connection = await connect({ servers: url });
  try {
    const names: string[] = [];
    for await (const name of (await jetstreamManager(connection)).streams.names()) names.push(name);
    return names;
  } finally {
    await connection.close();
  }
}

/** A process that ended and that nobody has collected yet still has an entry, but does not run. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tidemark-own-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
