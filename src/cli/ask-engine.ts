// A question to a running engine over its HTTP, as anybody could ask it: one request with a deadline, one JSON answer. Where the
// configuration has an admin token it is shown.

import { setTimeout } from "node:timers/promises";
import { type Config, httpAddress } from "../app/config.ts";
import { TidemarkError } from "../model/errors.ts";

/** Beyond what the engine itself takes for an answer. */
const PATIENCE_MS = 5_000;

/**
 * undefined where the engine does not know what was asked for (404). An engine that says that it needs longer (503, `Retry-After`) is asked again, for
 * as long as `patienceMs`. Throws ENGINE_UNREACHABLE.
 */
export async function askEngine(config: Config, path: string, patienceMs = 0): Promise<unknown | undefined> {
  const url = urlOf(config, path);
  const until = performance.now() + patienceMs;
  try {
    let response = await ask(url, config);
    for (let again = waitOf(response); again !== undefined && performance.now() + again < until; again = waitOf(response)) {
      await setTimeout(again);
      response = await ask(url, config);
    }
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`it answers ${response.status}: ${(await response.text()).slice(0, 200).trim()}`);
    return await response.json();
  } catch (error) {
    throw new TidemarkError("ENGINE_UNREACHABLE", `no answer from ${url} (${reasonOf(error)})`, { cause: error });
  }
}

const ask = (url: string, { http }: Config): Promise<Response> => fetch(url, { signal: AbortSignal.timeout(http.timeout_ms + PATIENCE_MS) });

/** ms after which the engine wants to be asked again; undefined where it has answered. */
function waitOf({ status, headers }: Response): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return status === 503 && Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

export interface EngineAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What only whoever holds the admin token may ask. Throws ENGINE_UNREACHABLE, and NOT_ALLOWED where the engine does not take us for one. */
export async function askAsAdmin(config: Config, method: "GET" | "DELETE", path: string): Promise<EngineAnswer> {
  const url = urlOf(config, path);
  const { admin_token: token, timeout_ms: patienceMs } = config.http;
  const headers: Record<string, string> = token === "" ? {} : { authorization: `Bearer ${token}` };
  const answer = await answered(url, { method, headers, signal: AbortSignal.timeout(patienceMs + PATIENCE_MS) });
  if (answer.status === 401 || answer.status === 403) throw new TidemarkError("NOT_ALLOWED", `the engine at ${new URL(url).host} refuses: ${saidIn(answer)}`);
  if (answer.status === 503) throw new TidemarkError("ENGINE_UNREACHABLE", `no answer from ${url} (${saidIn(answer)})`);
  return answer;
}

/** The message of an answer that is an error. */
export function saidIn({ status, body }: EngineAnswer): string {
  const { error } = body as { readonly error?: { readonly message?: unknown } };
  return typeof error?.message === "string" ? error.message : `it answers ${status}`;
}

async function answered(url: string, request: RequestInit): Promise<EngineAnswer> {
  try {
    const response = await fetch(url, request);
    return { status: response.status, body: await response.json() };
  } catch (error) {
    throw new TidemarkError("ENGINE_UNREACHABLE", `no answer from ${url} (${reasonOf(error)})`, { cause: error });
  }
}

function urlOf(config: Config, path: string): string {
  const address = httpAddress(config);
  if (address === undefined) throw new TidemarkError("ENGINE_UNREACHABLE", "`http.address` is off, so no engine can be asked");
  return `http://${address.host.includes(":") ? `[${address.host}]` : anyHost(address.host)}:${address.port}${path}`;
}

/** An engine that listens everywhere is asked here. */
const anyHost = (host: string): string => (host === "0.0.0.0" ? "127.0.0.1" : host);

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : String(cause));
}
