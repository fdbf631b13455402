// What a request asks for: its path and query as they were sent, and the contact that a path names.

import { CONTACT_KINDS, type ContactKey, type ContactKind } from "../model/ids.ts";
import { type Answer, failure } from "./answers.ts";

/** What was asked for: the path as it was sent, still percent-encoded. */
export interface Target {
  readonly path: string;
  readonly query: URLSearchParams;
}

/** By hand, because URL resolves `..` and `%2E%2E` away, and ids may be anything. */
export function parseTarget(text: string): Target {
  const at = text.indexOf("?");
  return at < 0 ? { path: text, query: new URLSearchParams() } : { path: text.slice(0, at), query: new URLSearchParams(text.slice(at + 1)) };
}

export const CONTACTS = "/v1/contacts/";
/** A contact's id beyond this is refused before anybody looks for it: the log's own limit can be no larger. */
const MAX_ID_BYTES = 4096;

/** The contact whose id is `written`, percent-encoded, behind /v1/contacts/. */
export function contactKey(written: string, query: URLSearchParams): ContactKey | Answer {
  if (written === "") return failure(400, "bad_id", "an id must follow /v1/contacts/");
  if (written.includes("/")) return failure(400, "bad_id", "an id has a slash only as %2F");
  const id = decode(written);
  if (id === undefined) return failure(400, "bad_id", "the id is not valid percent-encoded UTF-8");
  if (Buffer.byteLength(id) > MAX_ID_BYTES) return failure(400, "bad_id", `an id has at most ${MAX_ID_BYTES} bytes`);
  const kind = query.get("kind") ?? "user";
  if (!isContactKind(kind)) return failure(400, "bad_kind", `kind is "${kind}", it must be one of ${CONTACT_KINDS.join(", ")}`);
  return { kind, id };
}

const isContactKind = (text: string): text is ContactKind => (CONTACT_KINDS as readonly string[]).includes(text);

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
