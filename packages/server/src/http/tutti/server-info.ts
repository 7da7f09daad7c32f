import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';

/** What the server tells of itself. */
export interface ServerInfo {
  /** `sip:host:port` */
  readonly uri: string;
  readonly counts: {
    readonly calls: number;
    readonly bridges: number;
    readonly legs: number;
    readonly ticks: number;
    readonly lateTicks: number;
  };
}

/** `GET /v1/Server`: where this server is reached by SIP, and how busy its media is. */
export function serverInfoRoutes(routes: Routes, info: ServerInfo): void {
  operation(routes, {
    method: 'GET',
    path: '/v1/Server',
    parameters: form({}),
    handle: async () => {
      const { calls, bridges, legs, ticks, lateTicks } = info.counts;
      return { sip: info.uri, media: { calls, bridges, legs, ticks, late_ticks: lateTicks } };
    },
  });
}
