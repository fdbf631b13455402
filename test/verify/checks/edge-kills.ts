// kill -9 of nats-server, again and again under an edge that takes batches over HTTP at full speed. Each event of a request that was answered
// with 200 has to be in the log; what was answered otherwise, or not at all, may be there or not. The clients send on as SDKs do:
// what is not acknowledged is sent again, under the same ids.

import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { logSubjects } from "../../../src/model/log.ts";
import { connectBroker } from "../../../src/nats/connection.ts";
import { ensureLogStream, JetStreamLog } from "../../../src/nats/jetstream-log.ts";
import type { Bench } from "../bench.ts";
import { type Check, must } from "../check.ts";
import { ended, lastLines, spawnTidemark, textOf, tidemark } from "../command.ts";

export const edgeKillsCheck: Check = {
  name: "edge-kills",
  about: "kill -9 of nats-server under an edge that takes batches: each event that was answered with 200 is in the log",
  run: edgeKills,
};

const SENDERS = 8;
const PER_REQUEST = 50;

async function edgeKills(bench: Bench): Promise<void> {
  const kills = bench.short ? 3 : 20;
  const server = await bench.server();
  await beginLog(server.url);
  const url = await startEdge(bench, server.url);
  const load = new Load(url);
  for (let kill = 0; kill < kills; kill++) {
    await load.moreThan(SENDERS * 4);
    await sleep(bench.random(0, 60));
    server.kill("SIGKILL");
    await sleep(bench.random(0, 400));
    await server.restart();
  }
  await load.moreThan(SENDERS * 4);
  await load.end();
  const stored = await idsInLog(bench, server.url);
  const missing = [...load.confirmed].filter((id) => !stored.has(id));
  must(missing.length === 0, `${missing.length} events were answered with 200 and are not in the log, such as ${missing[0]}`);
  must(load.refused > 0, "no kill met a request: nothing was shown");
  bench.say(`${kills} kills; ${load.confirmed.size} events answered with 200, all in the log; ${load.refused} requests were told to come again`);
}

async function beginLog(url: string): Promise<void> {
  const broker = await connectBroker({ url, name: "verify" });
  await ensureLogStream(broker, "0", { publicAlias: true });
  const settings = { type: "settings", shard: "0", created: "2026-01-01T00:00:00Z" };
  await new JetStreamLog(broker, "0").append(logSubjects("0").settings, Buffer.from(JSON.stringify(settings)));
  await broker.close();
}

async function startEdge(bench: Bench, nats: string): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawnTidemark(["edge", "--http", address, "--nats", nats], { env: { TIDEMARK_EDGE_ANSWER_MS: "2000", TIDEMARK_LOG_LEVEL: "error" } });
  const said = textOf(child.stderr);
  bench.atClose(async () => {
    const over = ended(child);
    child.kill("SIGKILL");
    await over;
  });
  for (let tries = 0; tries < 400; tries++) {
    if (child.exitCode !== null) throw new Error(`edge: exit ${child.exitCode}: ${lastLines(await said)}`);
    if (await isReady(`http://${address}/readyz`)) return `http://${address}`;
    await sleep(50);
  }
  throw new Error("the edge did not become ready");
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no free port");
  return address.port;
}

/** Senders that post without a pause, and post again what was not answered with 200. */
class Load {
  readonly confirmed = new Set<string>();
  refused = 0;
  #answered = 0;
  #next = 0;
  #over = false;
  readonly #senders: Promise<void>[];

  constructor(url: string) {
    this.#senders = Array.from({ length: SENDERS }, () => this.#send(`${url}/v1/batch`));
  }

  /** Until so many more requests were answered with 200. */
  async moreThan(requests: number): Promise<void> {
    const wanted = this.#answered + requests;
    const deadline = performance.now() + 60_000;
    while (this.#answered < wanted) {
      must(performance.now() < deadline, "the edge took nothing more for a minute");
      await sleep(5);
    }
  }

  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#senders);
  }

  async #send(url: string): Promise<void> {
    while (!this.#over) {
      const ids = Array.from({ length: PER_REQUEST }, () => `m${this.#next++}`);
      const body = JSON.stringify({ batch: ids.map((messageId) => ({ type: "page", userId: `c${messageId}`, messageId })) });
      let taken = await this.#post(url, body);
      while (!taken && !this.#over) {
        await sleep(20);
        taken = await this.#post(url, body);
      }
      if (taken) for (const id of ids) this.confirmed.add(id);
    }
  }

  async #post(url: string, body: string): Promise<boolean> {
    const status = await fetch(url, { method: "POST", body, headers: { "content-type": "application/json" } }).then(
      async (response) => {
        await response.arrayBuffer();
        return response.status;
      },
      () => 0,
    );
    if (status === 200) this.#answered++;
    else this.refused++;
    return status === 200;
  }
}

async function idsInLog(bench: Bench, url: string): Promise<Set<string>> {
  const { code, stdout, stderr } = await tidemark(["log", "dump", "--nats", url]);
  must(code === 0, `log dump: exit ${code}: ${lastLines(stderr)}`);
  const ids = new Set<string>();
  let messages = 0;
  for (const line of stdout.split("\n")) {
    const found = line === "" ? undefined : (JSON.parse(line) as { subject: string; data: string });
    if (found === undefined || !found.subject.endsWith(".edge")) continue;
    messages++;
    for (const { messageId } of JSON.parse(Buffer.from(found.data, "base64").toString()) as { messageId: string }[]) ids.add(messageId);
  }
  bench.say(`${ids.size} events in ${messages} messages`);
  return ids;
}
