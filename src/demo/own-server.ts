// A nats-server of our own, for the demo and for tests: on 127.0.0.1, on a port that was free, with JetStream in a folder of
// its own. Three things make it *ours*: it carries a name nobody else has, and nothing counts as ready before a server with
// that name answers on the port (another server may hold it); it runs in a session of its own, so that Ctrl-C reaches us and
// not it, and we can drain before it goes; and a small guard ends it when this process dies, however it dies. Finding the
// binary is not here: deploy/bootstrap does that and hands it down as TIDEMARK_NATS_SERVER.

import { randomInt, randomUUID } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TidemarkError } from "../model/errors.ts";
import { CLUSTER_SIZE, startOwnCluster } from "./own-cluster.ts";
import type { OwnServer } from "./own-handle.ts";
import { OwnProcess } from "./own-process.ts";

export interface OwnServerOptions {
  /** Path of the nats-server binary. */
  readonly binary: string;
  /** Where configuration, log and store go; kept when the server stops. Default: a temporary folder, removed when it stops. */
  readonly folder?: string;
  /** JetStream runs as a cluster of three; the handle is the first member, and `stop` ends all of them. */
  readonly clustered?: boolean;
  /** Default: one that is free. With a port named here nothing else is tried. */
  readonly port?: number;
}

/** Starts a server and waits until it answers with JetStream up. Throws BROKER_UNREACHABLE with the end of its log if it cannot. */
export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  return options.clustered === true ? startCluster(options) : startSingle(options, "");
}

const CONNECT_HOST = "127.0.0.1";
const READY_WITHIN_MS = 15_000;
const PORT_ATTEMPTS = 20;
/** Below the range from which systems give out ports to outgoing connections: a client that redials a port in that range while the server is down can end up connected to itself, and the server never gets it back. */
const PORTS = { from: 20_000, to: 32_000 };

async function startSingle(options: OwnServerOptions, clusterLines: string): Promise<OwnServer> {
  const temporary = options.folder === undefined;
  const folder = options.folder === undefined ? mkdtempSync(join(tmpdir(), "tidemark-nats-")) : resolve(options.folder);
  mkdirSync(folder, { recursive: true });
  const server = new SingleServer(options.binary, folder, temporary, clusterLines);
  try {
    await server.open(options.port);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** Members that need a folder of their own have it inside the first one's. */
function startCluster(options: OwnServerOptions): Promise<OwnServer> {
  const { binary, folder, port } = options;
  const routes = Array.from({ length: CLUSTER_SIZE }, somePort);
  return startOwnCluster(routes, (index, clusterLines) => {
    const place = folder === undefined ? {} : { folder: index === 0 ? folder : join(folder, `member-${index}`) };
    return startSingle({ binary, ...place, ...(port === undefined || index > 0 ? {} : { port }) }, clusterLines);
  });
}

type StartOutcome = "ready" | "port-taken";

class SingleServer implements OwnServer {
  readonly folder: string;
  readonly #binary: string;
  readonly #temporary: boolean;
  readonly #clusterLines: string;
  /** 2.9 has its cluster peers by name, so a name must survive a restart. */
  readonly #name = `tidemark-${randomUUID()}`;
  #port = 0;
  #process: OwnProcess | undefined;
  #stopping: Promise<void> | undefined;

  constructor(binary: string, folder: string, temporary: boolean, clusterLines: string) {
    this.#binary = binary;
    this.folder = folder;
    this.#temporary = temporary;
    this.#clusterLines = clusterLines;
  }

  get url(): string {
    return `nats://${CONNECT_HOST}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  async open(wanted: number | undefined): Promise<void> {
    for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
      this.#port = wanted ?? somePort();
      if ((await this.#start()) === "ready") return;
      if (wanted !== undefined) break;
    }
    throw this.#failed(wanted === undefined ? "found no free port" : `port ${wanted} is taken`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#process?.signal(signal);
  }

  async restart(): Promise<void> {
    await this.#process?.end();
    if ((await this.#start()) === "port-taken") throw this.#failed(`port ${this.#port} was taken by somebody else while it was down`);
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    await this.#process?.end();
    if (this.#temporary) rmSync(this.folder, { recursive: true, force: true });
  }

  /** Done when a server that gives our name answers on the port; a server with another name there counts as a taken port. */
  async #start(): Promise<StartOutcome> {
    const config = join(this.folder, "nats-server.conf");
    writeFileSync(config, this.#config());
    // Its own log is read to tell why it did not start, so each attempt begins with an empty one.
    const log = openSync(this.#logFile(), "w");
    const process = new OwnProcess(this.#binary, ["-c", config], log, this.#temporary ? this.folder : "");
    closeSync(log);
    this.#process = process;
    const deadline = Date.now() + READY_WITHIN_MS;
    while (Date.now() < deadline) {
      if (process.ended !== undefined) return this.#whyEnded(process.ended);
      const info = await serverInfo(this.#port);
      if (info?.name === this.#name && info.jetstream) return "ready";
      await sleep(20);
    }
    await process.end();
    throw this.#failed(`was not ready within ${READY_WITHIN_MS / 1000} s`);
  }

  #config(): string {
    const store = JSON.stringify(join(this.folder, "jetstream"));
    return `server_name: "${this.#name}"\nlisten: "${CONNECT_HOST}:${this.#port}"\njetstream { store_dir: ${store} }\n${this.#clusterLines}`;
  }

  #whyEnded(reason: string): StartOutcome {
    if (this.#logTail().includes("address already in use")) return "port-taken";
    throw this.#failed(reason);
  }

  #failed(what: string): TidemarkError {
    const tail = this.#logTail();
    return new TidemarkError("BROKER_UNREACHABLE", `Our own nats-server (${this.#binary}) ${what}${tail === "" ? "" : `; its log ends: ${tail}`}`);
  }

  #logFile(): string {
    return join(this.folder, "nats-server.log");
  }

  #logTail(): string {
    try {
      return readFileSync(this.#logFile(), "utf8").trimEnd().split("\n").slice(-3).join(" | ");
    } catch {
      return "";
    }
  }
}

interface ServerInfo {
  readonly name: string;
  readonly jetstream: boolean;
}

/** What the server on this port says of itself in the INFO line it greets with; undefined where nobody, or no NATS server, answers. */
function serverInfo(port: number): Promise<ServerInfo | undefined> {
  return new Promise((done) => {
    const socket = createConnection({ host: CONNECT_HOST, port, timeout: 1_000 });
    let greeting = "";
    const finish = (info: ServerInfo | undefined) => {
      socket.destroy();
      done(info);
    };
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      greeting += chunk;
      if (greeting.includes("\r\n")) finish(readInfo(greeting));
    });
    socket.on("error", () => finish(undefined));
    socket.on("end", () => finish(undefined));
    socket.on("timeout", () => finish(undefined));
  });
}

function readInfo(greeting: string): ServerInfo | undefined {
  const line = /^INFO (\{.*\})/.exec(greeting)?.[1];
  if (line === undefined) return undefined;
  try {
    const info = JSON.parse(line) as { server_name?: unknown; jetstream?: unknown };
    return { name: String(info.server_name), jetstream: info.jetstream === true };
  } catch {
    return undefined;
  }
}

/** Random, so that two processes that start at once seldom meet; where they do, or somebody else is there, another is drawn. */
function somePort(): number {
  return randomInt(PORTS.from, PORTS.to);
}
