// The keys of the HTTP edge: who may send, what a request may hold, and how much may wait. A part of the one schema (config.ts).

import { z } from "zod";

export const edgeSchema = z
  .strictObject({
    with_run: z.boolean().default(true).describe("`tidemark run` takes events over HTTP as well, at http.address"),
    write_keys: z
      .array(z.string().min(1))
      .default([])
      .meta({ secret: true, description: "who may send events over HTTP; empty: everybody, if only this machine can reach http.address, else nobody" }),
    mappings: z
      .array(z.string().min(1))
      .default([])
      .describe("files of mappings, or patterns with `*`, such as rules/mappings/*.yaml: each takes bodies of another shape at /v1/map/<its name>"),
    origins: z.array(z.string().min(1)).default(["*"]).describe("pages of these origins may send from a browser, such as https://shop.example; `*`: all"),
    body_bytes: z.int().min(1024).max(64_000_000).default(5_000_000).describe("a larger body, unzipped, is refused with 400"),
    batch_events: z.int().min(1).max(1_000_000).default(10_000).describe("a request with more events is refused with 400"),
    pending_bytes: z
      .int()
      .min(1_000_000)
      .default(64_000_000)
      .describe("bytes of requests that wait for the broker, at most; beyond it requests are turned away with 429"),
    message_bytes: z.int().min(1024).max(8_000_000).default(262_144).describe("events of many requests share messages of the log up to this size"),
    linger_ms: z
      .int()
      .min(0)
      .max(1000)
      .default(5)
      .describe("an event waits at most this long for others to share a message, and only while messages are on their way"),
    answer_ms: z.int().min(100).max(60_000).default(8000).describe("a request whose events are not acknowledged by then is answered with 503"),
  })
  .prefault({});
