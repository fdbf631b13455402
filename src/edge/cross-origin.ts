// Pages of other origins may send here: the headers that a browser asks for (CORS, the Fetch standard). Cookies are never allowed along,
// because nothing here is answered by who asks; `origins` is a list of origins, or `*` for every page.

import type { IncomingMessage } from "node:http";

export class Origins {
  readonly #all: boolean;
  readonly #known: ReadonlySet<string>;

  constructor(origins: readonly string[]) {
    this.#all = origins.includes("*");
    this.#known = new Set(origins);
  }

  /** For every answer; nothing where the origin is not one of them: the browser then keeps the answer from the page. */
  headers(request: IncomingMessage): Readonly<Record<string, string>> {
    const { origin } = request.headers;
    if (origin === undefined) return {};
    if (this.#all) return { "access-control-allow-origin": "*" };
    return this.#known.has(origin) ? { "access-control-allow-origin": origin, vary: "origin" } : { vary: "origin" };
  }

  /** For the question that a browser asks first. Whatever header it would send is fine: none of them can do harm here. */
  preflight(request: IncomingMessage): Readonly<Record<string, string>> {
    const allowed = this.headers(request);
    if (allowed["access-control-allow-origin"] === undefined) return allowed;
    const wanted = request.headers["access-control-request-headers"];
    return {
      ...allowed,
      "access-control-allow-methods": "POST, GET, OPTIONS",
      "access-control-allow-headers": wanted !== undefined && HEADER_NAMES.test(wanted) ? wanted : "authorization, content-type, content-encoding, x-write-key",
      "access-control-max-age": "86400",
    };
  }
}

const HEADER_NAMES = /^[a-z0-9-]+(, ?[a-z0-9-]+){0,31}$/i;
