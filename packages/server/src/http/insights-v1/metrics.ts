import type { CallMedia } from '../../model/call-media.ts';
import type { Call } from '../../model/call.ts';
import { findCall } from '../../store/calls.ts';
import { oneOf } from '../fields.ts';
import { form } from '../form.ts';
import { operation, type Routes } from '../operation.ts';
import { found } from '../path-not-found.ts';
import { isoDate, productPage, type Json } from '../render.ts';

const PAGE_MAX = 1000;

const filters = form({
  Edge: oneOf(['unknown_edge', 'carrier_edge', 'sip_edge', 'sdk_edge', 'client_edge']),
  Direction: oneOf(['unknown', 'inbound', 'outbound', 'both']),
});

/** One metric for each direction of an ended call's sound. Twilio: voice/voice-insights/api/call/call-metrics-resource */
export function metricRoutes(routes: Routes): void {
  operation(routes, {
    method: 'GET',
    path: '/v1/Voice/:CallSid/Metrics',
    parameters: filters,
    handle: async (request) => {
      const key = request.path['CallSid'] ?? '';
      const call = await findCall(routes.context.db, key);
      const own = call?.accountSid === request.caller.account.sid ? call : undefined;
      const { Edge, Direction } = request.values;
      const items = metricsOf(found(own, request, key, 'CA')).filter(
        ({ edge, direction }) =>
          (Edge === undefined || edge === Edge) &&
          (Direction === undefined || direction === Direction),
      );
      const page = { items, next: undefined, previous: undefined };
      return productPage('metrics', items, request, request.page(PAGE_MAX), page);
    },
  });
}

function metricsOf({ sid, accountSid, endTime, media }: Call): Json[] {
  if (media === null || endTime === null) return [];
  const measured = JSON.parse(media) as CallMedia;
  const common = {
    call_sid: sid,
    account_sid: accountSid,
    timestamp: isoDate(endTime),
    edge: 'sip_edge',
    carrier_edge: null,
    sdk_edge: null,
    client_edge: null,
  };
  const inbound = {
    ...common,
    direction: 'inbound',
    sip_edge: edgeOf(measured, {
      received: measured.packetsReceived,
      lost: measured.packetsLost,
      jitter: { avg: measured.jitterMs, max: measured.maxJitterMs },
    }),
  };
  const { remote } = measured;
  if (remote === null) return [inbound];
  const outbound = {
    ...common,
    direction: 'outbound',
    sip_edge: edgeOf(measured, {
      received: Math.max(0, measured.packetsSent - remote.packetsLost),
      lost: remote.packetsLost,
      jitter: { avg: remote.jitterMs, max: null },
    }),
  };
  return [inbound, outbound];
}

function edgeOf(
  { codec, roundTripMs }: CallMedia,
  stream: {
    readonly received: number;
    readonly lost: number;
    readonly jitter: { readonly avg: number; readonly max: number | null };
  },
): Json {
  const expected = stream.received + stream.lost;
  return {
    codec_name: codec.toLowerCase(),
    cumulative: {
      jitter: stream.jitter,
      packets_received: stream.received,
      packets_lost: stream.lost,
      packets_loss_percentage: expected === 0 ? 0 : round((stream.lost * 100) / expected),
      // Ours: RTCP tells it.
      rtt: roundTripMs,
    },
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
