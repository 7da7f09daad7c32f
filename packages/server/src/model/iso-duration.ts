const units = { W: 604_800, D: 86_400, H: 3600, M: 60, S: 1 } as const;

/**
 * Seconds of an ISO 8601 duration such as `PT1M`, `P1D` or `P1DT12H`, or undefined when it is none. Years and
 * months have no fixed length and are refused.
 */
export function parseIsoDuration(text: string): number | undefined {
  const match = /^P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/.exec(text);
  if (match === null || text === 'P' || text.endsWith('T')) return undefined;
  const [, weeks, days, hours, minutes, seconds] = match;
  const total =
    Number(weeks ?? 0) * units.W +
    Number(days ?? 0) * units.D +
    Number(hours ?? 0) * units.H +
    Number(minutes ?? 0) * units.M +
    Number(seconds ?? 0) * units.S;
  return Number.isSafeInteger(total) ? total : undefined;
}
