import type { EnvName } from './env.ts';

/** What goes by itself some days after it was made; 0 days keep it for ever. `docs/retention.md` tells why. */
export const retentions = {
  deliveries: { variable: 'TUTTI_RETENTION_DELIVERIES', defaultDays: 7 },
  alerts: { variable: 'TUTTI_RETENTION_ALERTS', defaultDays: 30 },
  events: { variable: 'TUTTI_RETENTION_EVENTS', defaultDays: 0 },
  audits: { variable: 'TUTTI_RETENTION_AUDITS', defaultDays: 90 },
  sids: { variable: 'TUTTI_RETENTION_SIDS', defaultDays: 30 },
  deletedRecordings: { variable: 'TUTTI_RETENTION_DELETED_RECORDINGS', defaultDays: 40 },
  calls: { variable: 'TUTTI_RETENTION_CALLS', defaultDays: 0 },
} as const satisfies Readonly<
  Record<string, { readonly variable: EnvName; readonly defaultDays: number }>
>;

/** Whole days; 0 = for ever. */
export type RetentionDays = Readonly<Record<keyof typeof retentions, number>>;
