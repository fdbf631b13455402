// The connection to the broker: one per process and purpose, kept up for ever. Everything in nats/ talks through it.
//
// It is `up` or `down`. It begins up (connectBroker throws otherwise), goes down when the socket breaks or heartbeats stay
// away, and comes up again by itself as often as it takes; only close() ends it. While it is down nothing is sent: whoever
// has something in flight learns it from `lost()` and decides itself what that means. Subscriptions survive, consumers on
// the server may not. What streams hold and how they are read is not here.

import { readFile } from "node:fs/promises";
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, credsAuthenticator, errors, type NatsConnection, type NodeConnectionOptions } from "@nats-io/transport-node";
import { TidemarkError } from "../model/errors.ts";
import { patiently, whyOf } from "./failures.ts";

export interface BrokerOptions {
  /** `nats://[user:password@]host:port`, several separated by commas. */
  readonly url: string;
  /** Path of a NATS credentials file. */
  readonly creds?: string;
  /** Shows up in the server's list of connections. */
  readonly name: string;
}

export type BrokerChange = { readonly kind: "lost" } | { readonly kind: "regained" } | { readonly kind: "closed" };

/** Connects and makes sure that JetStream is there. Throws BROKER_UNREACHABLE, BROKER_NO_JETSTREAM or FILE_UNREADABLE. */
export async function connectBroker(options: BrokerOptions): Promise<Broker> {
  const shown = withoutSecrets(options.url);
  const nc = await dial(options, shown);
  try {
    const jsm = await jetstreamManager(nc, { checkAPI: false, timeout: ASK_TIMEOUT_MS });
    const broker = new Broker(shown, nc, jetstream(nc, { timeout: WRITE_TIMEOUT_MS }), jsm);
    await requireJetStream(broker);
    return broker;
  } catch (error) {
    await nc.close();
    throw error;
  }
}

export class Broker {
  /** Without user and password. */
  readonly url: string;
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** How often the connection was lost and came back. */
  reconnects = 0;
  #state: "up" | "down" | "closed" = "up";
  #lost = Promise.withResolvers<void>();
  #regained = Promise.withResolvers<void>();
  #changed = Promise.withResolvers<void>();
  readonly #history: BrokerChange[] = [];
  #changes = 0;

  constructor(url: string, nc: NatsConnection, js: JetStreamClient, jsm: JetStreamManager) {
    this.url = url;
    this.nc = nc;
    this.js = js;
    this.jsm = jsm;
    void this.#watch();
    void nc.closed().then(() => this.#become("closed"));
  }

  get connected(): boolean {
    return this.#state === "up";
  }

  get closed(): boolean {
    return this.#state === "closed";
  }

  /** Resolves when the connection that is up now is gone; at once if none is. */
  lost(): Promise<void> {
    return this.#lost.promise;
  }

  /** Resolves while the connection is up, else when it is again. Rejects with the signal's reason, or when closed. */
  async ready(signal?: AbortSignal): Promise<void> {
    while (this.#state !== "up") {
      signal?.throwIfAborted();
      if (this.#state === "closed") throw new TidemarkError("BROKER_UNREACHABLE", `the connection to ${this.url} is closed`);
      await orAborted(this.#regained.promise, signal);
    }
    signal?.throwIfAborted();
  }

  /** Every change from now on, for logs and metrics; of a long past only the last few are kept. Ends when closed or aborted. */
  async *changes(signal: AbortSignal): AsyncIterable<BrokerChange> {
    let seen = this.#changes;
    while (!signal.aborted) {
      while (seen < this.#changes) {
        const change = this.#history.at(seen - this.#changes);
        seen = Math.max(seen + 1, this.#changes - this.#history.length);
        if (change !== undefined) yield change;
      }
      if (this.#state === "closed") return;
      await orAborted(this.#changed.promise, signal).catch(() => {});
    }
  }

  /** Lets what is in flight arrive, then disconnects. Harmless when repeated. */
  async close(): Promise<void> {
    if (this.#state === "up" && !this.nc.isDraining()) await Promise.race([this.nc.drain().catch(() => {}), this.lost()]);
    if (!this.nc.isClosed()) await this.nc.close();
    this.#become("closed");
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === "disconnect") this.#become("down");
      if (status.type === "reconnect") this.#become("up");
    }
  }

  #become(state: "up" | "down" | "closed"): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    if (state === "up") this.#comeUp();
    else this.#goDown(state);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  #comeUp(): void {
    this.reconnects++;
    this.#lost = Promise.withResolvers<void>();
    this.#regained.resolve();
    this.#remember({ kind: "regained" });
  }

  #goDown(state: "down" | "closed"): void {
    this.#lost.resolve();
    // Whoever waits for the connection is woken by a close as well, and then learns that it will not come.
    if (state === "closed") this.#regained.resolve();
    this.#regained = Promise.withResolvers<void>();
    this.#remember({ kind: state === "closed" ? "closed" : "lost" });
  }

  #remember(change: BrokerChange): void {
    this.#changes++;
    this.#history.push(change);
    if (this.#history.length > HISTORY) this.#history.shift();
  }
}

/** Settles as `promise` does, or rejects with the signal's reason if that comes first. Leaves no listener behind. */
export async function orAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

const DIAL_TIMEOUT_MS = 5_000;
/** Questions are repeated when nobody answers (a leader that died), so their time is short; a record that is written twice costs more. */
const ASK_TIMEOUT_MS = 2_500;
const WRITE_TIMEOUT_MS = 5_000;
const JETSTREAM_PATIENCE_MS = 10_000;
const HISTORY = 16;

async function dial(options: BrokerOptions, shown: string): Promise<NatsConnection> {
  const connection = await connectionOptions(options, shown);
  try {
    return await connect(connection);
  } catch (error) {
    throw new TidemarkError("BROKER_UNREACHABLE", `cannot reach nats-server at ${shown}: ${dialFailure(error)}`, { cause: error });
  }
}

async function connectionOptions(options: BrokerOptions, shown: string): Promise<NodeConnectionOptions> {
  const servers = options.url.split(",").map((url) => parseServer(url.trim(), shown));
  const first = servers[0];
  return {
    servers: servers.map((server) => server.host),
    ...(first?.user === undefined ? {} : first.password === undefined ? { token: first.user } : { user: first.user, pass: first.password }),
    ...(servers.some((server) => server.tls) ? { tls: {} } : {}),
    ...(options.creds === undefined ? {} : { authenticator: credsAuthenticator(await readCredentials(options.creds)) }),
    name: options.name,
    timeout: DIAL_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
    reconnectJitter: 100,
    reconnectJitterTLS: 100,
    // A server that hangs is noticed in half a minute instead of the default six.
    pingInterval: 10_000,
    maxPingOut: 2,
    // Credentials that expire while we run are renewed on the server's side; giving up would need a restart of ours.
    ignoreAuthErrorAbort: true,
  };
}

interface ServerAddress {
  readonly host: string;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
}

function parseServer(text: string, shown: string): ServerAddress {
  try {
    const url = new URL(text.includes("://") ? text : `nats://${text}`);
    if (url.hostname === "") throw new Error("no host");
    return {
      host: url.port === "" ? url.hostname : `${url.hostname}:${url.port}`,
      tls: url.protocol === "tls:",
      user: url.username === "" ? undefined : decodeURIComponent(url.username),
      password: url.password === "" ? undefined : decodeURIComponent(url.password),
    };
  } catch (error) {
    throw new TidemarkError("BROKER_UNREACHABLE", `${shown} is no address of a nats-server (nats://host:port)`, { cause: error });
  }
}

async function readCredentials(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new TidemarkError("FILE_UNREADABLE", `cannot read the credentials file ${path}: ${whyOf(error)}`, { cause: error });
  }
}

function dialFailure(error: unknown): string {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) return "it does not accept these credentials";
  if (error instanceof errors.TimeoutError) return `no answer within ${DIAL_TIMEOUT_MS / 1000} s`;
  return whyOf(error);
}

/** Asks for our account. A cluster answers only once it has a leader, so one that runs JetStream is given time. */
async function requireJetStream(broker: Broker): Promise<void> {
  const forMs = broker.nc.info?.jetstream === true ? JETSTREAM_PATIENCE_MS : 0;
  try {
    await patiently(broker, () => broker.jsm.getAccountInfo(), { forMs });
  } catch (error) {
    const why = forMs === 0 ? "the server runs without it" : whyOf(error);
    throw new TidemarkError("BROKER_NO_JETSTREAM", `nats-server at ${broker.url} has no JetStream for us: ${why}`, { cause: error });
  }
}

const withoutSecrets = (url: string): string => url.replace(/\/\/[^/@,]*@/g, "//");
