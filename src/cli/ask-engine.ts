// A question to a running engine over its HTTP, as anybody could ask it: one request with a deadline, one JSON answer.

import { type Config, httpAddress } from "../app/config.ts";
import { TidemarkError } from "../model/errors.ts";

const PATIENCE_MS = 5_000;

/** undefined where the engine does not know what was asked for (404). Throws ENGINE_UNREACHABLE. */
export async function askEngine(config: Config, path: string): Promise<unknown | undefined> {
  const address = httpAddress(config);
  if (address === undefined) throw new TidemarkError("ENGINE_UNREACHABLE", "`http.address` is off, so no engine can be asked");
  const url = `http://${address.host.includes(":") ? `[${address.host}]` : anyHost(address.host)}:${address.port}${path}`;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.status === 404) return undefined;
    if (!response.ok) throw new Error(`it answers ${response.status}: ${(await response.text()).slice(0, 200).trim()}`);
    return await response.json();
  } catch (error) {
    throw new TidemarkError("ENGINE_UNREACHABLE", `no answer from ${url} (${reasonOf(error)})`, { cause: error });
  }
}

/** An engine that listens everywhere is asked here. */
const anyHost = (host: string): string => (host === "0.0.0.0" ? "127.0.0.1" : host);

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return (cause as NodeJS.ErrnoException).code ?? (cause instanceof Error ? cause.message : String(cause));
}
