// A place that listens for HTTP: its address, its limits, its end. What is served there is the caller's. Everything is bounded: connections,
// the time in which headers and a body must arrive, the time a stop may take.

import { createServer, type RequestListener, type Server } from "node:http";
import { TidemarkError } from "../model/errors.ts";

export interface ListenOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** A request whose headers or body take longer to arrive is cut off with 408. */
  readonly timeoutMs: number;
}

export interface HttpServer {
  /** Where it listens, e.g. `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Takes no new connection, lets running requests finish for at most `deadlineMs`, then cuts them off. */
  stop(deadlineMs: number): Promise<void>;
}

/** More connections than this wait in the kernel's queue; one that is served may ask again and again. */
const MAX_CONNECTIONS = 1024;
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
  server.maxConnections = MAX_CONNECTIONS;
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
