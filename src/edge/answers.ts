// What an edge says to whoever sent events, as Segment's public API says it: 200 with `success` for all that could be read, what was not
// taken listed beside it; 400 for what cannot be read and will not get better by sending it again; 401 for a key that is not
// known; 429 and 503 with `Retry-After` for what may be sent again as it is. Every SDK of that family repeats exactly the last two.

import type { ServerResponse } from "node:http";
import type { DeadReason } from "../model/output.ts";

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Rejected {
  /** Place in the request, from 0. */
  readonly index: number;
  readonly reason: DeadReason;
  /** What is wrong, for a person. */
  readonly message: string;
  readonly messageId?: string;
}

/** Of the rejected events so many are listed; all are counted. */
const LISTED = 100;
const RETRY_AFTER_S = "1";

export function taken(accepted: number, ignored: number, rejected: readonly Rejected[]): Answer {
  if (rejected.length === 0 && ignored === 0) return SUCCESS;
  const body = { success: true, accepted, ...(ignored === 0 ? {} : { ignored }), rejectedCount: rejected.length, rejected: rejected.slice(0, LISTED) };
  return { status: 200, body };
}

const SUCCESS: Answer = { status: 200, body: { success: true } };

export const refusal = (status: number, code: string, message: string): Answer => ({ status, body: { success: false, error: { code, message } } });
export const again = (status: 429 | 503, code: string, message: string): Answer => ({
  ...refusal(status, code, message),
  headers: { "retry-after": RETRY_AFTER_S },
});

/** Nothing is sent where nobody is there any more. */
export function sendAnswer(response: ServerResponse, answer: Answer, more: Readonly<Record<string, string>>): void {
  if (response.destroyed || response.headersSent) return;
  const body = answer.body === undefined ? "" : `${JSON.stringify(answer.body)}\n`;
  response.writeHead(answer.status, {
    ...(body === "" ? {} : { "content-type": "application/json; charset=utf-8" }),
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...more,
    ...answer.headers,
  });
  response.end(body);
}
