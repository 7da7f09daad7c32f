import type { Instant } from '../../base/clock.ts';
import { isoDateMs } from '../../base/http-date.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';

/** What the server tells of itself. */
export interface ServerInfo {
  /** `sip:host:port` */
  readonly uri: string;
  /** `sips:host:port`, when TLS is listened for. */
  readonly secureUri: string | undefined;
  readonly counts: {
    readonly calls: number;
    readonly bridges: number;
    readonly legs: number;
    readonly ticks: number;
    readonly lateTicks: number;
  };
}

/** Receivers of webhooks to which nothing is sent for the moment. */
export interface DeliveryInfo {
  receiversDown(accountSid: string): readonly {
    readonly receiver: string;
    readonly since: Instant;
    readonly nextProbe: Instant;
    readonly waiting: number;
  }[];
}

/** `GET /v1/Server`: where this server is reached by SIP, how busy its media is, and what keeps webhooks waiting. */
export function serverInfoRoutes(routes: Routes, info: ServerInfo, deliveries: DeliveryInfo): void {
  operation(routes, {
    method: 'GET',
    path: '/v1/Server',
    parameters: form({}),
    handle: async ({ caller }) => {
      const { calls, bridges, legs, ticks, lateTicks } = info.counts;
      const down = deliveries.receiversDown(caller.account.sid);
      return {
        sip: info.uri,
        sips: info.secureUri ?? null,
        media: { calls, bridges, legs, ticks, late_ticks: lateTicks },
        receivers_down: down.map(({ receiver, since, nextProbe, waiting }) => ({
          host: receiver,
          since: isoDateMs(since),
          next_probe: isoDateMs(nextProbe),
          waiting,
        })),
      };
    },
  });
}
