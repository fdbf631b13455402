import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type BrokerChange, connectBroker } from "../../src/nats/connection.ts";
import { natsServerBinary, startTestServer, useNatsServer } from "../support/nats-server.ts";

const server = useNatsServer();

test("nobody at the address: one error that names it, without its password", async () => {
  const error = await connectBroker({ url: "nats://ana:secret@127.0.0.1:1", name: "test" }).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "BROKER_UNREACHABLE", retry: true });
  expect((error as Error).message).toBe("cannot reach nats-server at nats://127.0.0.1:1: connection refused");
});

test("what is no address is said to be none", async () => {
  await expect(connectBroker({ url: "nats://", name: "test" })).rejects.toMatchObject({
    code: "BROKER_UNREACHABLE",
    message: expect.stringContaining("is no address of a nats-server"),
  });
});

test("somebody else at the address: no hang, one error", async () => {
  const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  await expect(connectBroker({ url: `127.0.0.1:${port}`, name: "test" })).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
}, 20_000);

test("a missing credentials file is named", async () => {
  await expect(connectBroker({ url: server().url, creds: "/nowhere/user.creds", name: "test" })).rejects.toMatchObject({
    code: "FILE_UNREADABLE",
    message: expect.stringContaining("/nowhere/user.creds"),
  });
});

test("a server without JetStream says so, and a password in the address is used", async () => {
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  const folder = mkdtempSync(join(tmpdir(), "tidemark-plain-"));
  const plain = spawn(natsServerBinary(), ["-a", "127.0.0.1", "-p", String(port), "--user", "ana", "--pass", "s p/ce", "-l", join(folder, "log")], {
    stdio: "ignore",
  });
  onTestFinished(() => {
    plain.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const outcome = async (login: string) => {
    for (;;) {
      const error = (await connectBroker({ url: `nats://${login}127.0.0.1:${port}`, name: "test" }).catch((reason: unknown) => reason)) as Error & {
        code: string;
      };
      if (!error.message.includes("refused")) return error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  expect(await outcome("ana:s%20p%2Fce@")).toMatchObject({
    code: "BROKER_NO_JETSTREAM",
    message: `nats-server at nats://127.0.0.1:${port} has no JetStream for us: the server runs without it`,
  });
  expect(await outcome("ana:wrong@")).toMatchObject({ code: "BROKER_UNREACHABLE", message: expect.stringContaining("does not accept these credentials") });
}, 20_000);

test("tells when the connection is lost and when it is back, as often as it happens", async () => {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  const seen: BrokerChange["kind"][] = [];
  const watching = (async () => {
    for await (const change of broker.changes(AbortSignal.timeout(30_000))) seen.push(change.kind);
  })();
  for (let round = 1; round <= 2; round++) {
    own.kill("SIGKILL");
    await broker.lost();
    expect(broker.connected).toBe(false);
    await own.restart();
    await broker.ready();
    expect([broker.connected, broker.reconnects]).toEqual([true, round]);
  }
  await broker.close();
  await watching;
  expect(seen).toEqual(["lost", "regained", "lost", "regained", "closed"]);
  await expect(broker.ready()).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
}, 40_000);

test("waiting for a server that is away can be given up, and so can the connection", async () => {
  const own = await startTestServer();
  const broker = await connectBroker({ url: own.url, name: "test" });
  own.kill("SIGKILL");
  await broker.lost();
  await expect(broker.ready(AbortSignal.timeout(50))).rejects.toBeDefined();
  const waiting = broker.ready().catch((error: unknown) => error);
  await broker.close();
  expect(await waiting).toMatchObject({ code: "BROKER_UNREACHABLE" });
  await broker.close();
}, 20_000);
