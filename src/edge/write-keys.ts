// Who may send events: whoever knows a write key. As Segment's clients send it: as the user name of Basic, as a Bearer token, in `X-Write-Key`,
// as `?writeKey=`, or as `writeKey` in the body. A write key is no secret of weight, because it stands in every web page that
// uses it; it says whose events these are, and keeps strangers' scripts out.

import type { IncomingMessage } from "node:http";

export class WriteKeys {
  readonly #keys: ReadonlySet<string>;
  readonly #openHere: boolean;

  /** Without keys everybody may send where `local` says that only this machine can reach the address, and nobody elsewhere. */
  constructor(keys: readonly string[], local: boolean) {
    this.#keys = new Set(keys);
    this.#openHere = keys.length === 0 && local;
  }

  /** Whether nobody can send: there are no keys, and others can reach the address. */
  get closed(): boolean {
    return this.#keys.size === 0 && !this.#openHere;
  }

  /** Jitsu's keys are written `key:secret`; the part before the colon will do. */
  admits(key: string | undefined): boolean {
    if (this.#openHere) return true;
    return key !== undefined && (this.#keys.has(key) || this.#keys.has(key.split(":", 1)[0] as string));
  }
}

/** The key that the head of a request gives, or undefined. */
export function keyInHead(request: IncomingMessage, query: URLSearchParams): string | undefined {
  const header = request.headers["x-write-key"];
  if (typeof header === "string" && header !== "") return header;
  const [scheme = "", token = ""] = (request.headers.authorization ?? "").split(" ");
  if (/^basic$/i.test(scheme)) return Buffer.from(token, "base64").toString().split(":")[0] || undefined;
  if (/^bearer$/i.test(scheme) && token !== "") return token;
  return query.get("writeKey") ?? undefined;
}

/** Whether only this machine can reach what listens there. */
export const isLocal = (host: string): boolean => host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
