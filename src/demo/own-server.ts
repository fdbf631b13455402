// A nats-server of our own, for the demo and for tests: on 127.0.0.1, on a port that was free, with JetStream in a folder of
// its own. Three things make it *ours*: it carries a name nobody else has, and nothing counts as ready before a server with
// that name answers on the port (another server may hold it); it runs in a session of its own, so that Ctrl-C reaches us and
// not it, and we can drain before it goes; and a small guard ends it when this process dies, however it dies. Finding the
// binary is not here: deploy/bootstrap does that and hands it down as TIDEMARK_NATS_SERVER.

import { type ChildProcess, spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { TidemarkError } from "../model/errors.ts";

export interface OwnServerOptions {
  /** Path of the nats-server binary. */
  readonly binary: string;
  /** Where configuration, log and store go; kept when the server stops. Default: a temporary folder, removed when it stops. */
  readonly folder?: string;
  /** The server gets two companions and JetStream runs as a cluster of three; the handle is the first, the others live and die with it. */
  readonly clustered?: boolean;
  /** Default: one that is free. With a port named here nothing else is tried. */
  readonly port?: number;
}

export interface OwnServer {
  readonly url: string;
  readonly port: number;
  /** Of the process that runs now; another one after a restart. */
  readonly pid: number;
  readonly folder: string;
  /** Ends it (and removes its folder if that was temporary). Harmless when repeated. */
  stop(): Promise<void>;
  /** Sends a signal, and waits for nothing. */
  kill(signal: NodeJS.Signals): void;
  /** Waits until the old process is gone (asking it to go if nobody did) and starts one on the same store and port. */
  restart(): Promise<void>;
}

/** Starts a server and waits until it answers with JetStream up. Throws BROKER_UNREACHABLE with the end of its log if it cannot. */
export async function startOwnServer(options: OwnServerOptions): Promise<OwnServer> {
  return options.clustered === true ? startCluster(options) : startSingle(options, "");
}

const CONNECT_HOST = "127.0.0.1";
const READY_WITHIN_MS = 15_000;
const STOP_WITHIN_MS = 5_000;
const PORT_ATTEMPTS = 20;
const CLUSTER_SIZE = 3;
/** Below the range from which systems give out ports to outgoing connections: a client that redials a port in that range while the server is down can end up connected to itself, and the server never gets it back. */
const PORTS = { from: 20_000, to: 32_000 };

/** Ends the server when the pipe from us closes, which happens in whatever way we end. Arguments: pid, folder to remove or "". */
const GUARD_SCRIPT = `
trap "" INT TERM HUP
while read -r _; do :; done
kill -TERM "$1" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
kill -KILL "$1" 2>/dev/null
[ -z "$2" ] || rm -rf -- "$2"
`;

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

/** Two companions are needed because JetStream elects no leader among fewer than three. */
async function startCluster(options: OwnServerOptions): Promise<OwnServer> {
  const folder = options.folder === undefined ? undefined : resolve(options.folder);
  const routes = Array.from({ length: CLUSTER_SIZE }, (_, i) => somePort(i));
  const servers: OwnServer[] = [];
  try {
    for (const [i, route] of routes.entries()) {
      const others = routes.filter((other) => other !== route).map((other) => `"nats-route://${CONNECT_HOST}:${other}"`);
      const lines = `cluster { name: "tidemark-own", listen: "${CONNECT_HOST}:${route}", routes: [${others.join(", ")}] }\n`;
      const place = folder === undefined ? {} : { folder: i === 0 ? folder : join(folder, `companion-${i}`) };
      const port = i === 0 && options.port !== undefined ? { port: options.port } : {};
      servers.push(await startSingle({ binary: options.binary, ...place, ...port }, lines));
    }
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
  return asOne(servers as [OwnServer, ...OwnServer[]]);
}

function asOne([first, ...companions]: readonly [OwnServer, ...OwnServer[]]): OwnServer {
  return {
    get url() {
      return first.url;
    },
    get port() {
      return first.port;
    },
    get pid() {
      return first.pid;
    },
    folder: first.folder,
    kill: (signal) => first.kill(signal),
    restart: () => first.restart(),
    stop: async () => {
      await Promise.all(companions.map((companion) => companion.stop()));
      await first.stop();
    },
  };
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
  #process: ServerProcess | undefined;
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
      this.#port = wanted ?? somePort(attempt);
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
    const process = new ServerProcess(this.#binary, config, log, this.#temporary ? this.folder : "");
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

/** One run of the binary together with its guard. */
class ServerProcess {
  /** Why it is not running any more; undefined while it is. */
  ended: string | undefined;
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess | undefined;
  readonly #gone: Promise<void>;

  constructor(binary: string, config: string, log: number, removeFolder: string) {
    this.#child = spawn(binary, ["-c", config], { detached: true, stdio: ["ignore", log, log] });
    this.#gone = new Promise((resolveGone) => {
      const settle = (why: string) => {
        this.ended = why;
        this.#dismissGuard();
        resolveGone();
      };
      this.#child.once("error", (error) => settle(`could not be started (${error.message})`));
      this.#child.once("exit", (code, signal) => settle(`ended at once (${signal ?? `exit ${code}`})`));
    });
    if (this.#child.pid !== undefined) this.#guard = startGuard(this.#child.pid, removeFolder);
    // Neither may keep this process alive: the guard cleans up behind a process that just ends.
    this.#child.unref();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Asks it to end and insists after a while; returns when it is gone. */
  async end(): Promise<void> {
    if (this.ended !== undefined) return;
    this.#child.ref();
    this.#child.kill("SIGTERM");
    const insist = setTimeout(() => this.#child.kill("SIGKILL"), STOP_WITHIN_MS);
    await this.#gone;
    clearTimeout(insist);
  }

  #dismissGuard(): void {
    this.#guard?.kill("SIGKILL");
    this.#guard?.stdin?.destroy();
  }
}

function startGuard(pid: number, removeFolder: string): ChildProcess {
  const guard = spawn("sh", ["-c", GUARD_SCRIPT, "sh", String(pid), removeFolder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
  // A missing shell costs only the clean-up after a crash.
  guard.on("error", () => {});
  guard.stdin?.on("error", () => {});
  guard.unref();
  const pipe: unknown = guard.stdin;
  if (pipe !== null && typeof pipe === "object" && "unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  return guard;
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

/** Random, so that two processes that start at once seldom meet; the n-th attempt is another draw. */
function somePort(attempt: number): number {
  return randomInt(PORTS.from, PORTS.to) + (attempt % 2);
}
