// A place that listens for HTTP: its address, its limits, its end. What is served there is the caller's. Everything is bounded: connections,
// the time in which headers and a body must arrive, the time a stop may take.
//
// A connection beyond the limit is closed at once, without a word: an answer would need the request that it is to answer, and reading that is
// what there is no room for. Every client of HTTP takes it for a broken connection and comes back. Connections that say nothing, or
// too little in their time, are cut off, so that nobody keeps others out for longer than that by holding them.

import { createServer, type RequestListener, type Server } from "node:http";
import type { Metrics } from "../metrics/metrics.ts";
import { TidemarkError } from "../model/errors.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** A request whose headers or body take longer to arrive is cut off with 408. */
  readonly timeoutMs: number;
  /** Open at once, at most. */
  readonly connections: number;
  readonly metrics: Pick<Metrics, "connections" | "connectionRefused">;
}

export interface HttpServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new connection, lets running requests finish for at most `deadlineMs`, then cuts them off. */
  stop(deadlineMs: number): Promise<void>;
}

/** How often Node looks for connections that take too long. */
const CHECK_EVERY_MS = 1000;

/** Starts to listen. Throws PORT_TAKEN where the address is in use, CONFIG_INVALID where this machine does not have it. */
export async function startListening(listener: RequestListener, options: ListenOptions): Promise<HttpServer> {
  const server = createServer({ connectionsCheckingInterval: Math.min(CHECK_EVERY_MS, options.timeoutMs) });
  let stopping = false;
  server.on("request", (request, response) => {
    // A connection that is kept would wait for its next request until the deadline of the stop.
    if (stopping) response.setHeader("connection", "close");
    listener(request, response);
  });
  server.maxConnections = options.connections;
  countConnections(server, options.metrics);
  server.requestTimeout = options.timeoutMs;
  server.headersTimeout = options.timeoutMs;
  // Longer than the idle time of common load balancers (60 s), so that they are the ones who hang up.
  server.keepAliveTimeout = 65_000;
  await listen(server, options);
  return {
    url: urlOf(server),
    stop: (deadlineMs) => {
      stopping = true;
      return stop(server, deadlineMs);
    },
  };
}

function countConnections(server: Server, metrics: ListenOptions["metrics"]): void {
  let open = 0;
  server.on("connection", (socket) => {
    metrics.connections(++open);
    socket.once("close", () => metrics.connections(--open));
  });
  server.on("drop", () => metrics.connectionRefused());
}

function listen(server: Server, { host, port }: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen({ host, port }, resolve);
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const at = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  if (error.code === "EADDRINUSE") return new TidemarkError("PORT_TAKEN", `something else listens on ${at}`, { cause: error });
  return new TidemarkError("CONFIG_INVALID", `http.address ${at} cannot be listened on (${error.code})`, { cause: error });
}

function urlOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("an HTTP server that listens has an address");
  return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}

function stop(server: Server, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
    // Connections that were in the middle of a request when the stop began are idle once it is answered.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_EVERY_MS);
    server.close(() => {
      clearTimeout(cut);
      clearInterval(idle);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const IDLE_EVERY_MS = 20;
