// What Segment's browser SDK asks for before it sends anything: which integrations a write key has. Here there is one, "Segment.io", which is
// how the SDK calls the place that takes its events, and it is this edge. So a page needs no more than the edge's address as its
// `cdnURL`. The SDK's own telemetry is switched off: it is Segment's, and nobody reads it here.

import type { IncomingMessage } from "node:http";

export function browserSettings(request: IncomingMessage, key: string): unknown {
  const protocol = request.headers["x-forwarded-proto"] === "https" ? "https" : "http";
  return {
    integrations: {
      "Segment.io": { apiKey: key, apiHost: `${request.headers.host ?? ""}/v1`, protocol, unbundledIntegrations: [], addBundledMetadata: false },
    },
    plan: { track: { __default: { enabled: true, integrations: {} } } },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  };
}
