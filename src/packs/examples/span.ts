// Spans of time as stories write them: `1d 2h`.

/** Milliseconds; null for what is no span. */
export function parseSpan(text: string): number | null {
  const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  const parts = text.trim().split(/\s+/);
  if (!parts.every((part) => /^\d{1,6}[smhdw]$/.test(part))) return null;
  return parts.reduce((sum, part) => sum + Number(part.slice(0, -1)) * (units[part.slice(-1)] as number), 0);
}
