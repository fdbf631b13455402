// Answers of the HTTP page: what they are made of, how they are sent, and what a request gets that takes too long.

import type { IncomingMessage, ServerResponse } from "node:http";
import { TidemarkError } from "../model/errors.ts";

export interface Answer {
  readonly status: number;
  /** Sent as JSON, or as text of `contentType` where that is given. */
  readonly body: unknown;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The answer, or 503 where it does not come in time or the engine cannot give it; the question goes on unheard. */
export async function inTime(ms: number, ask: () => Promise<Answer>): Promise<Answer> {
  const timer = Promise.withResolvers<Answer>();
  const handle = setTimeout(() => timer.resolve(unavailable(`no answer within ${ms} ms`)), ms);
  try {
    return await Promise.race([ask(), timer.promise]);
  } catch (error) {
    return error instanceof TidemarkError ? unavailable(error.message) : failure(500, "internal", `the engine could not answer: ${String(error)}`);
  } finally {
    clearTimeout(handle);
  }
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const failure = (status: number, code: string, message: string): Answer => ({ status, body: { error: { code, message } } });
export const unavailable = (message: string): Answer => ({ ...failure(503, "unavailable", message), headers: { "retry-after": "1" } });

export function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.destroyed) return;
  const body = answer.contentType === undefined ? `${JSON.stringify(answer.body)}\n` : String(answer.body);
  response.writeHead(answer.status, {
    "content-type": answer.contentType ?? "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(body),
    // A contact is of this moment, and a browser must not guess what it was sent.
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...answer.headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}
