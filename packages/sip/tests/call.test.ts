import { networkInterfaces } from 'node:os';

import { describe, expect, test } from 'vitest';

import {
  FakeClock,
  SipCallError,
  type SipEndpointOptions,
  SipTransportError,
} from '../src/index.ts';
import { aborted, Inbox, listen, listenForCalls, SDP } from './_setup.ts';

const HELD = SDP.replace('t=0 0', 't=0 0\r\na=sendonly');

describe.each(['udp', 'tcp'] as const)('a call over %s', (transport) => {
  async function pair(options: Partial<SipEndpointOptions> = {}) {
    const { endpoint: callee, calls } = await listenForCalls(options);
    const caller = await listen(options);
    const uri = `sip:bob@127.0.0.1:${callee.port};transport=${transport}`;
    const close = async (): Promise<void> => {
      await Promise.all([callee.close(), caller.close()]);
    };
    return { callee, caller, calls, uri, [Symbol.asyncDispose]: close };
  }

  async function established(options: Partial<SipEndpointOptions> = {}) {
    const world = await pair(options);
    const call = world.caller.invite({ uri: world.uri, from: 'sip:alice@127.0.0.1', sdp: SDP });
    const incoming = await world.calls.next();
    const theirs = await incoming.answer(SDP);
    const result = await call.result;
    if (result.kind !== 'answered') throw new Error(result.kind);
    return { ...world, ours: result.dialog, theirs };
  }

  test('is placed, answered and hung up by the caller', async () => {
    await using world = await pair();
    const call = world.caller.invite({
      uri: world.uri,
      from: '"Alice" <sip:alice@127.0.0.1>',
      sdp: SDP,
      headers: { 'X-Account': 'AC1' },
    });
    const incoming = await world.calls.next();
    expect(incoming.from.displayName).toBe('Alice');
    expect(incoming.requestUri.user).toBe('bob');
    expect(incoming.offer).toBe(SDP);
    expect(incoming.request.headers.get('x-account')).toBe('AC1');
    expect(incoming.source.transport).toBe(transport);
    incoming.ring();
    const theirs = await incoming.answer(SDP);
    const result = await call.result;
    if (result.kind !== 'answered') throw new Error(result.kind);
    expect(result.sdp).toBe(SDP);
    expect(result.dialog.callId).toBe(theirs.callId);

    await result.dialog.bye();

    expect(await theirs.ended).toEqual({ by: 'remote' });
    expect(await result.dialog.ended).toEqual({ by: 'local' });
    expect(world.caller.counts.dialogs).toBe(0);
    expect(world.callee.counts.dialogs).toBe(0);
    expect(incoming.signal.aborted).toBe(false);
  });

  test('is hung up by the callee', async () => {
    await using world = await established();

    await world.theirs.bye();

    expect(await world.ours.ended).toEqual({ by: 'remote' });
    expect(world.callee.counts.dialogs).toBe(0);
  });

  test('ends once when both sides hang up at the same time', async () => {
    await using world = await established();

    await Promise.all([world.theirs.bye(), world.ours.bye(), world.ours.bye()]);

    expect(await world.ours.ended).toEqual({ by: 'local' });
    expect(await world.theirs.ended).toEqual({ by: 'local' });
    expect(world.caller.counts.dialogs + world.callee.counts.dialogs).toBe(0);
  });

  test('shows ringing and early media to the caller', async () => {
    await using world = await pair();
    const provisionals = new Inbox<{ status: number; reason: string; sdp?: string }>();
    const call = world.caller.invite({
      uri: world.uri,
      from: 'sip:alice@127.0.0.1',
      sdp: SDP,
      onProvisional: provisionals.put,
    });
    const incoming = await world.calls.next();

    incoming.ring();
    expect(await provisionals.next()).toEqual({ status: 180, reason: 'Ringing' });
    incoming.progress(SDP);
    expect(await provisionals.next()).toEqual({
      status: 183,
      reason: 'Session Progress',
      sdp: SDP,
    });

    incoming.reject(486);
    expect((await call.result).kind).toBe('refused');
  });

  test('is refused with status, reason and headers', async () => {
    await using world = await pair();
    const call = world.caller.invite({ uri: world.uri, from: 'sip:alice@127.0.0.1', sdp: SDP });
    const incoming = await world.calls.next();

    incoming.reject(603, { reason: 'Go away', headers: { 'X-Why': 'because' } });
    const result = await call.result;

    if (result.kind !== 'refused') throw new Error(result.kind);
    expect([result.status, result.reason]).toEqual([603, 'Go away']);
    expect(result.response.headers.get('x-why')).toBe('because');
    await expect(incoming.answer(SDP)).rejects.toMatchObject({ code: 'state' });
    expect(world.callee.counts.dialogs).toBe(0);
  });

  test('is canceled while it rings', async () => {
    await using world = await pair();
    const call = world.caller.invite({ uri: world.uri, from: 'sip:alice@127.0.0.1', sdp: SDP });
    const incoming = await world.calls.next();
    incoming.ring();

    call.cancel();

    expect(await call.result).toEqual({ kind: 'canceled' });
    await aborted(incoming.signal);
    const refused = await incoming.answer(SDP).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(SipCallError);
    expect(refused).toMatchObject({ code: 'canceled' });
    expect(world.callee.counts.dialogs).toBe(0);
  });

  test('is put on hold and taken back by re-INVITE, from either side', async () => {
    await using world = await established();
    const offers: (string | undefined)[] = [];
    world.theirs.setOfferHandler((sdp) => {
      offers.push(sdp);
      return SDP;
    });
    world.ours.setOfferHandler(() => HELD);

    expect(await world.ours.reinvite(HELD)).toBe(SDP);
    expect(await world.theirs.reinvite(SDP)).toBe(HELD);

    expect(offers).toEqual([HELD]);
    expect(world.theirs.remoteSdp).toBe(HELD);
    await world.ours.bye();
  });

  test('goes on when a re-INVITE is refused with 488', async () => {
    await using world = await established();
    world.theirs.setOfferHandler(() => undefined);

    await expect(world.ours.reinvite(HELD)).rejects.toMatchObject({ code: 'refused', status: 488 });

    world.theirs.setOfferHandler(() => SDP);
    expect(await world.ours.reinvite(HELD)).toBe(SDP);
  });

  test('refuses an offer while another is under way, and after the end', async () => {
    await using world = await established();
    world.theirs.setOfferHandler(() => SDP);
    const first = world.ours.reinvite(SDP);

    await expect(world.ours.reinvite(SDP)).rejects.toMatchObject({ code: 'state' });
    await first;
    await world.ours.bye();
    await expect(world.ours.reinvite(SDP)).rejects.toMatchObject({ code: 'ended' });
  });
});

describe('an endpoint', () => {
  test('has UDP and TCP on one port, and says when it is taken', async () => {
    await using first = await listen();

    const error = await listen({ port: first.port }).catch((cause: unknown) => cause);

    expect(error).toBeInstanceOf(SipTransportError);
    expect(error).toMatchObject({ code: 'EADDRINUSE' });
  });

  test('refuses to begin with values that cannot stand in a header', async () => {
    await expect(listen({ userAgent: 'a\r\nX: y' })).rejects.toThrow(TypeError);
    await expect(listen({ advertisedHost: 'a b' })).rejects.toThrow(TypeError);
  });

  const noIpv6 = !Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => address === '::1'),
  );

  test.skipIf(noIpv6)('speaks IPv6', async () => {
    const { endpoint: callee, calls } = await listenForCalls({ host: '::1' });
    await using _callee = callee;
    await using caller = await listen({ host: '::1' });
    const call = caller.invite({
      uri: `sip:b@[::1]:${callee.port}`,
      from: 'sip:a@[::1]',
      sdp: SDP,
    });

    const answered = (await calls.next()).answer(SDP);
    const result = await call.result;

    if (result.kind !== 'answered') throw new Error(result.kind);
    await answered;
    await result.dialog.bye();
  });

  test('declines calls when nobody takes them', async () => {
    await using callee = await listen();
    await using caller = await listen();

    const call = caller.invite({
      uri: `sip:x@127.0.0.1:${callee.port}`,
      from: 'sip:a@127.0.0.1',
      sdp: SDP,
    });

    expect(await call.result).toMatchObject({ kind: 'refused', status: 603 });
  });

  test('answers 500 when the handler throws, and reports it', async () => {
    const problems = new Inbox<{ kind: string }>();
    await using callee = await listen({
      onInvite: () => {
        throw new Error('boom');
      },
      onProblem: problems.put,
    });
    await using caller = await listen();

    const call = caller.invite({
      uri: `sip:x@127.0.0.1:${callee.port}`,
      from: 'sip:a@127.0.0.1',
      sdp: SDP,
    });

    expect(await call.result).toMatchObject({ kind: 'refused', status: 500 });
    expect(await problems.next()).toMatchObject({ kind: 'handler' });
  });

  test('fails a call that cannot be sent, without throwing', async () => {
    await using caller = await listen({ tcp: false });
    const from = 'sip:a@127.0.0.1';

    for (const [uri, cause] of [
      ['sips:x@127.0.0.1', 'transport'],
      ['sip:x@127.0.0.1;transport=tcp', 'transport'],
      ['sip:x@no-such-host.invalid', 'transport'],
      ['not a uri', 'malformed'],
      ['tel:+15551234567', 'malformed'],
    ] as const) {
      const result = await caller.invite({ uri, from, sdp: SDP }).result;
      expect(result).toMatchObject({ kind: 'failed', cause });
    }
    expect(caller.counts).toEqual({ transactions: 0, dialogs: 0, connections: 0, timers: 0 });
  });

  test('fails a call when the TCP connection is refused', async () => {
    const gone = await listen();
    const { port } = gone;
    await gone.close();
    await using caller = await listen();

    const call = caller.invite({
      uri: `sip:x@127.0.0.1:${port};transport=tcp`,
      from: 'sip:a@127.0.0.1',
      sdp: SDP,
    });

    expect(await call.result).toMatchObject({ kind: 'failed', cause: 'transport' });
    expect(caller.counts.transactions).toBe(0);
  });

  test('refuses values that would inject a header', async () => {
    await using caller = await listen();
    const good = { uri: 'sip:x@127.0.0.1', from: 'sip:a@127.0.0.1', sdp: SDP };

    expect(() => caller.invite({ ...good, headers: { 'X-A': 'b\r\nX-C: d' } })).toThrow(TypeError);
    expect(() => caller.invite({ ...good, headers: { 'X-A\r\nX-C': 'd' } })).toThrow(TypeError);
    expect(() => caller.invite({ ...good, headers: { Via: 'x' } })).toThrow(TypeError);
    expect(() => caller.invite({ ...good, headers: { m: '<sip:x@y>' } })).toThrow(TypeError);
    expect(() => caller.invite({ ...good, from: '"a\nb" <sip:a@b>' })).toThrow(TypeError);
    expect(() => caller.invite({ ...good, uri: 'sip:x@y\r\nX: y' })).toThrow(TypeError);
  });

  test('holds nothing any more some time after a call', async () => {
    const clock = new FakeClock();
    const { endpoint: callee, calls } = await listenForCalls({ clock });
    const caller = await listen({ clock });
    for (const transport of ['udp', 'tcp']) {
      const call = caller.invite({
        uri: `sip:b@127.0.0.1:${callee.port};transport=${transport}`,
        from: 'sip:a@127.0.0.1',
        sdp: SDP,
      });
      const incoming = await calls.next();
      incoming.ring();
      await incoming.answer(SDP);
      const result = await call.result;
      if (result.kind !== 'answered') throw new Error(result.kind);
      await result.dialog.bye();
      const second = caller.invite({
        uri: `sip:b@127.0.0.1:${callee.port};transport=${transport}`,
        from: 'sip:a@127.0.0.1',
        sdp: SDP,
      });
      (await calls.next()).reject(404);
      await second.result;
    }

    clock.advance(64_000);

    for (const endpoint of [caller, callee]) {
      expect({ ...endpoint.counts, connections: 0 }).toEqual({
        transactions: 0,
        dialogs: 0,
        connections: 0,
        // The stream that the caller has opened is kept alive.
        timers: endpoint === caller ? 1 : 0,
      });
    }
    await Promise.all([caller.close(), callee.close()]);
    expect(clock.pending).toBe(0);
    expect(callee.counts.connections).toBe(0);
  });

  test('hangs up its calls and ends the pending ones when it is closed', async () => {
    const { endpoint: callee, calls } = await listenForCalls();
    await using caller = await listen();
    const place = () =>
      caller.invite({
        uri: `sip:b@127.0.0.1:${callee.port}`,
        from: 'sip:a@127.0.0.1',
        sdp: SDP,
      });
    const first = place();
    await (await calls.next()).answer(SDP);
    const answered = await first.result;
    if (answered.kind !== 'answered') throw new Error(answered.kind);
    const second = place();
    const pending = await calls.next();

    await Promise.all([callee.close(), callee.close()]);

    expect(await answered.dialog.ended).toEqual({ by: 'remote' });
    expect(await second.result).toMatchObject({ kind: 'refused', status: 503 });
    expect(pending.signal.aborted).toBe(true);
    expect(callee.counts).toEqual({ transactions: 0, dialogs: 0, connections: 0, timers: 0 });
  });
});
