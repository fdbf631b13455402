// What a person may ask about themselves, over HTTP:
//
//   DELETE /v1/contacts/{id}          forget the contact; ?kind=anonymous, ?erase=log,output,dead
//   GET    /v1/forget/{request}       how far such a request is
//   GET    /v1/contacts/{id}/export   all that is held of the contact
//
// These give away or destroy what is held, so they ask for the admin token where one is configured. Where none is, they answer
// only at an address that no other machine can reach, and never a page in a browser, which could be anybody's.

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Metrics } from "../metrics/metrics.ts";
import { GIVEN_NAME } from "../model/ids.ts";
import { ERASABLE, type Erasable, type ForgetStatus, type Privacy } from "../model/privacy.ts";
import { type Answer, failure, inTime, ok, send } from "./answers.ts";
import type { Front } from "./server.ts";
import { CONTACTS, contactKey, parseTarget, type Target } from "./targets.ts";

export interface PrivacyOptions {
  /** "": none. */
  readonly adminToken: string;
  /** Whether only this machine can reach the address. */
  readonly local: boolean;
  readonly timeoutMs: number;
}

interface Context {
  readonly privacy: Privacy;
  readonly options: PrivacyOptions;
}

type Handler = (context: Context, target: Target) => Promise<Answer>;

export function privacyFront(privacy: Privacy, metrics: Metrics, options: PrivacyOptions): Front {
  const context = { privacy, options };
  return (request, response) => {
    const target = parseTarget(request.url ?? "/");
    const handler = handlerOf(request.method ?? "GET", target.path);
    if (handler === undefined) return false;
    request.resume();
    void answer(context, request, target, handler).then((given) => {
      metrics.request("privacy", given.status);
      send(request, response, given);
    });
    return true;
  };
}

function handlerOf(method: string, path: string): Handler | undefined {
  if (method === "DELETE" && path.startsWith(CONTACTS)) return forget;
  if (method !== "GET") return undefined;
  if (path.startsWith(CONTACTS) && path.endsWith(EXPORT)) return exportContact;
  return path.startsWith(REQUESTS) ? status : undefined;
}

async function answer(context: Context, request: IncomingMessage, target: Target, handler: Handler): Promise<Answer> {
  return refusal(context.options, request) ?? inTime(context.options.timeoutMs, () => handler(context, target));
}

/** Waits a little shorter than a request may take: one that is not done by then is answered with 202. */
async function forget({ privacy, options }: Context, { path, query }: Target): Promise<Answer> {
  const key = contactKey(path.slice(CONTACTS.length), query);
  if ("status" in key) return key;
  const erase = erasableOf(query.get("erase") ?? "");
  if ("status" in erase) return erase;
  return answerOf(await privacy.forget(key, erase, options.timeoutMs * WAIT_SHARE));
}

async function status({ privacy }: Context, { path }: Target): Promise<Answer> {
  const request = path.slice(REQUESTS.length);
  const found = GIVEN_NAME.test(request) ? await privacy.status(request) : undefined;
  return found === undefined
    ? failure(404, "no_such_request", `no request to forget is known as "${request}", or the contact was forgotten again since`)
    : answerOf(found);
}

async function exportContact({ privacy }: Context, { path, query }: Target): Promise<Answer> {
  const key = contactKey(path.slice(CONTACTS.length, -EXPORT.length), query);
  if ("status" in key) return key;
  const held = await privacy.export(key);
  return held === undefined ? failure(404, "no_such_contact", `no ${key.kind} contact has the id "${key.id}"`) : ok(held);
}

/** 200 once it is over, 202 while it is under way: then `Location` says where to ask. */
function answerOf(found: ForgetStatus): Answer {
  if (found.state === "done") return ok(found);
  if (found.state === "failed") return { status: 500, body: found };
  return { status: 202, body: found, headers: { location: `${REQUESTS}${found.request}`, "retry-after": "1" } };
}

/** `log,output`, in the order in which they are erased. */
function erasableOf(text: string): readonly Erasable[] | Answer {
  const names = text === "" ? [] : text.split(",");
  const unknown = names.find((name) => !(ERASABLE as readonly string[]).includes(name));
  return unknown === undefined
    ? ERASABLE.filter((name) => names.includes(name))
    : failure(400, "bad_erase", `erase is "${unknown}", it must be some of ${ERASABLE.join(", ")}`);
}

function refusal({ adminToken, local }: PrivacyOptions, request: IncomingMessage): Answer | undefined {
  if (adminToken === "") {
    if (!local) return failure(403, "no_admin_token", "other machines can reach this address and there is no http.admin_token, so this is not answered");
    return request.headers.origin === undefined ? undefined : failure(403, "no_admin_token", "a page in a browser needs http.admin_token for this");
  }
  const [scheme = "", token = ""] = (request.headers.authorization ?? "").split(" ");
  if (/^bearer$/i.test(scheme) && isEqual(token, adminToken)) return undefined;
  return { ...failure(401, "admin_token", "this needs the admin token: Authorization: Bearer TOKEN"), headers: { "www-authenticate": "Bearer" } };
}

/** In a time that says nothing of where they differ. */
const isEqual = (a: string, b: string): boolean => timingSafeEqual(createHash("sha256").update(a).digest(), createHash("sha256").update(b).digest());

const EXPORT = "/export";
const REQUESTS = "/v1/forget/";
const WAIT_SHARE = 0.8;
