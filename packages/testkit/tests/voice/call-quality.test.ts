import { createAudioOffer, SipEndpoint } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { StreamServer } from './_stream-server.ts';
import { BOB, OURS, World, twiml } from './_world.ts';

describe.concurrent('how a call sounded', () => {
  it('is told as Voice Insights does once it has ended', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Gather timeout="600"/>'));
    const bob = await world.phone(BOB);
    const call = await bob.dial(OURS);
    await call.playTone(440, { durationMs: 500 }).done;
    const { sid } = await world.onlyCall();
    const during = await world.get(`/v1/Voice/${sid}/Metrics`);

    await call.hangUp();
    await world.becomes(sid, 'completed');

    const { metrics, meta } = await world.get(`/v1/Voice/${sid}/Metrics`);
    expect([during.metrics, meta.key]).toEqual([[], 'metrics']);
    expect(metrics[0]).toMatchObject({
      call_sid: sid,
      account_sid: world.tutti.accountSid,
      edge: 'sip_edge',
      direction: 'inbound',
      sip_edge: {
        codec_name: 'pcmu',
        cumulative: {
          jitter: { avg: expect.any(Number), max: expect.any(Number) },
          packets_lost: expect.any(Number),
        },
      },
    });
    expect(metrics[0].sip_edge.cumulative.packets_received).toBeGreaterThan(20);
    const other = await world.get(`/v1/Voice/${sid}/Metrics?Edge=carrier_edge`);
    const wrong = await world.request('GET', `/v1/Voice/${sid}/Metrics?Direction=up`);
    expect([other.metrics, wrong.status]).toEqual([[], 400]);
  });

  it('is nothing for a call that was not answered', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Reject/>'));
    const bob = await world.phone(BOB);
    await bob.dial(OURS).catch(() => undefined);
    const { sid } = await world.onlyCall();

    expect((await world.get(`/v1/Voice/${sid}/Metrics`)).metrics).toEqual([]);
  });
});

describe.concurrent('a peer that answers and then vanishes', () => {
  async function dialSilently(
    world: World,
    direction: 'sendrecv' | 'recvonly',
    ...verbs: readonly string[]
  ) {
    await world.answers(twiml(...verbs, '<Gather timeout="600"/>'));
    const endpoint = await SipEndpoint.listen({
      host: '127.0.0.1',
      port: 0,
      userAgent: 'silent',
      closeTimeoutMs: 100,
    });
    const outcome = await endpoint.invite({
      uri: world.tutti.sip.replace('sip:', `sip:${OURS}@`),
      from: `sip:${BOB}@127.0.0.1`,
      sdp: createAudioOffer({
        host: '127.0.0.1',
        port: 4000,
        codecs: ['PCMU'],
        sessionId: 1,
        direction,
      }),
    }).result;
    if (outcome.kind !== 'answered') throw new Error(outcome.kind);
    return { endpoint, dialog: outcome.dialog };
  }

  it('ends its call as completed, with alert 32014', async () => {
    await using world = await World.open({ env: { TUTTI_SILENCE_SECONDS: '1' } });
    const { endpoint, dialog } = await dialSilently(world, 'sendrecv');
    const { sid } = await world.onlyCall();

    await dialog.ended;
    await world.becomes(sid, 'completed');

    expect(await world.alert(32014)).toContain(`no sound came from ${BOB} for 1 seconds`);
    await world.quiet();
    await endpoint.close();
  });

  it('ends its streams and its relay as failed', async () => {
    await using server = await StreamServer.open();
    await using world = await World.open({ env: { TUTTI_SILENCE_SECONDS: '1' } });
    world.hooks.reply('/after', twiml());
    const { endpoint, dialog } = await dialSilently(
      world,
      'sendrecv',
      `<Start><Stream url="${server.url}"/></Start>`,
      `<Connect action="/after"><ConversationRelay url="${server.url}"/></Connect>`,
    );

    await dialog.ended;
    const { parameters } = await world.hooks.next('/after');
    await world.quiet();

    expect(parameters).toMatchObject({ SessionStatus: 'failed', ErrorCode: '64108' });
    expect(await world.alert(64108)).toContain('no sound came');
    expect(await world.alert(31953)).toContain('no sound came');
    await endpoint.close();
  });

  it.each([
    ['it is on hold', '1', 'recvonly'],
    ['nobody asked for it', '0', 'sendrecv'],
  ] as const)('keeps its call when %s', async (_, seconds, direction) => {
    await using world = await World.open({ env: { TUTTI_SILENCE_SECONDS: seconds } });
    const { endpoint, dialog } = await dialSilently(world, direction);
    const bob = await world.phone(BOB);
    await world.number({ VoiceUrl: world.hooks.at('/other') });
    world.hooks.reply('/other', twiml('<Gather timeout="600"/>'));
    const other = await bob.dial(OURS);
    await other.playTone(440, { durationMs: 1500 }).done;

    expect(await world.alerts(32014)).toEqual([]);
    expect((await world.get('/Calls.json?Status=in-progress')).calls).toHaveLength(2);
    await dialog.bye();
    await other.hangUp();
    await endpoint.close();
  });
});
