import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createSrtpKeys, MediaEngine, type MediaLeg, toneSource, ToneMeter } from '@tutti/media';
import {
  answerAudioOffer,
  type CallDialog,
  createAudioOffer,
  type NegotiatedAudio,
  readAudioAnswer,
  SipEndpoint,
  type SipEndpointOptions,
} from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { createDeferred } from '../../src/deferred.ts';
import { toneWav } from './_sounds.ts';
import { OURS, World, twiml } from './_world.ts';

const certificates = new URL('../../../sip/tests/certificates/', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(`${name}.pem`, certificates));
const text = (name: string): string => readFileSync(path(name), 'utf8');

const TLS = {
  TUTTI_SIP_TLS_PORT: '0',
  TUTTI_SIP_TLS_CERT: path('loopback'),
  TUTTI_SIP_TLS_KEY: path('loopback-key'),
  TUTTI_SIP_TLS_CA: path('authority'),
};

/** A phone of bare parts, that speaks SIP over TLS and SRTP. */
class SecurePhone implements AsyncDisposable {
  readonly keys = createSrtpKeys();
  readonly endpoint: SipEndpoint;
  readonly media: MediaLeg;
  readonly #engine: MediaEngine;

  private constructor(endpoint: SipEndpoint, engine: MediaEngine, media: MediaLeg) {
    this.endpoint = endpoint;
    this.media = media;
    this.#engine = engine;
  }

  static async open(onInvite?: SipEndpointOptions['onInvite']): Promise<SecurePhone> {
    const endpoint = await SipEndpoint.listen({
      host: '127.0.0.1',
      port: 0,
      userAgent: 'phone',
      closeTimeoutMs: 100,
      tls: {
        ca: text('authority'),
        listen: { port: 0, cert: text('loopback'), key: text('loopback-key') },
      },
      ...(onInvite === undefined ? {} : { onInvite }),
    });
    const engine = new MediaEngine();
    return new SecurePhone(endpoint, engine, await engine.openLeg({ host: '127.0.0.1' }));
  }

  get audio() {
    return {
      host: '127.0.0.1',
      port: this.media.localPort,
      codecs: ['PCMU'],
      sessionId: 1,
      crypto: this.keys,
    } as const;
  }

  connect({ remoteHost: host, remotePort: port, ...audio }: NegotiatedAudio): void {
    this.media.connect({ host, port, ...audio });
  }

  hears(frequencyHz: number): Promise<void> {
    const meter = new ToneMeter();
    return new Promise((resolve) => {
      const remove = this.media.onAudio((frame) => {
        meter.push(frame);
        if (meter.has(frequencyHz)) {
          remove();
          resolve();
        }
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine.close();
    await this.endpoint.close();
  }
}

async function worldWithTone(): Promise<{ world: World; uri: string }> {
  const world = await World.open({ env: TLS });
  world.hooks.reply('/tone.wav', {
    body: toneWav(440, 2000),
    headers: { 'content-type': 'audio/wav' },
  });
  world.hooks.reply('/pressed', twiml('<Gather timeout="600"/>'));
  await world.answers(
    twiml(
      `<Gather timeout="600" numDigits="2" action="${world.hooks.at('/pressed')}">` +
        `<Play loop="0">${world.hooks.at('/tone.wav')}</Play></Gather>`,
    ),
  );
  const { sips } = await world.get('/v1/Server');
  return { world, uri: sips.replace('sips:', `sips:${OURS}@`) };
}

describe.concurrent('a call over TLS', () => {
  it('is heard and keyed by SRTP, each way with its own key', async () => {
    const { world, uri } = await worldWithTone();
    await using phone = await SecurePhone.open();
    const outcome = await phone.endpoint.invite({
      uri,
      from: 'sip:+15557654321@127.0.0.1',
      sdp: createAudioOffer(phone.audio),
    }).result;
    if (outcome.kind !== 'answered') throw new Error(outcome.kind);
    const answer = readAudioAnswer(outcome.sdp, phone.keys);
    if (!answer.ok) throw new Error(answer.error.message);

    phone.connect(answer.value);
    // What came before its answer could not be opened.
    const { packetsDiscarded } = phone.media.stats();
    await phone.hears(440);
    await phone.media.sendDtmf('42');

    const pressed = await world.hooks.next('/pressed');
    expect(pressed.parameters['Digits']).toBe('42');
    expect(outcome.sdp).toContain('RTP/SAVP');
    expect(phone.media.stats()).toMatchObject({ isProtected: true, packetsDiscarded });
    await outcome.dialog.bye();
    await world.quiet();
    await world[Symbol.asyncDispose]();
  });

  it('keeps its SRTP when a re-INVITE offers plain RTP, which is refused with 488', async () => {
    const { world, uri } = await worldWithTone();
    await using phone = await SecurePhone.open();
    const { crypto: _keys, ...plain } = phone.audio;
    const outcome = await phone.endpoint.invite({
      uri,
      from: 'sip:+15557654321@127.0.0.1',
      sdp: createAudioOffer(phone.audio),
    }).result;
    if (outcome.kind !== 'answered') throw new Error(outcome.kind);
    const answer = readAudioAnswer(outcome.sdp, phone.keys);
    if (!answer.ok) throw new Error(answer.error.message);
    phone.connect(answer.value);
    await phone.hears(440);

    const refused = outcome.dialog.reinvite(createAudioOffer({ ...plain, sessionVersion: 2 }));
    await expect(refused).rejects.toMatchObject({ status: 488 });

    await phone.hears(440);
    await phone.media.sendDtmf('42');
    const pressed = await world.hooks.next('/pressed');
    expect(pressed.parameters['Digits']).toBe('42');
    const again = createAudioOffer({ ...phone.audio, sessionVersion: 3 });
    expect(await outcome.dialog.reinvite(again)).toContain('RTP/SAVP');
    await outcome.dialog.bye();
    await world.quiet();
    await world[Symbol.asyncDispose]();
  });

  it('placed by us keeps its SRTP, too', async () => {
    const { world } = await worldWithTone();
    const dialogs = createDeferred<CallDialog>();
    await using phone = await SecurePhone.open((call) => {
      const answer = answerAudioOffer(call.offer ?? '', phone.audio);
      if (!answer.ok) throw new Error(answer.error.message);
      phone.connect(answer.value);
      void call.answer(answer.value.sdp).then((dialog) => dialogs.resolve(dialog));
    });
    const To = `sips:bob@127.0.0.1:${phone.endpoint.tlsPort}`;
    const Twiml = twiml(`<Play loop="0">${world.hooks.at('/tone.wav')}</Play>`);
    await world.post('/Calls.json', { To, From: OURS, Twiml });
    const dialog = await dialogs.promise;
    const { crypto: _keys, ...plain } = phone.audio;

    const refused = dialog.reinvite(createAudioOffer({ ...plain, sessionVersion: 2 }));
    await expect(refused).rejects.toMatchObject({ status: 488 });

    await phone.hears(440);
    await dialog.bye();
    await world.quiet();
    await world[Symbol.asyncDispose]();
  });

  it('placed by us offers SRTP, and fails with alert 32102 when plain RTP is answered', async () => {
    const { world } = await worldWithTone();
    const offers: string[] = [];
    await using phone = await SecurePhone.open((call) => {
      offers.push(call.offer ?? '');
      const isFirst = offers.length === 1;
      const { crypto, ...plain } = phone.audio;
      const answer = answerAudioOffer(call.offer ?? '', { ...plain, crypto });
      if (!answer.ok) throw new Error(answer.error.message);
      if (isFirst) phone.connect(answer.value);
      void call.answer(isFirst ? answer.value.sdp : createAudioOffer(plain)).catch(() => undefined);
    });
    const To = `sips:bob@127.0.0.1:${phone.endpoint.tlsPort}`;
    const form = { To, From: OURS, Twiml: twiml(`<Play>${world.hooks.at('/tone.wav')}</Play>`) };

    const { sid } = await world.post('/Calls.json', form);
    await phone.hears(440);
    void phone.media.play(toneSource({ frequenciesHz: [600], durationMs: 100, levelDbfs: -10 }));
    await world.becomes(sid, 'completed');
    const second = await world.post('/Calls.json', form);
    await world.becomes(second.sid, 'failed');

    expect(offers[0]).toContain('RTP/SAVP');
    expect(offers[0]?.match(/a=crypto:\d/g)).toHaveLength(2);
    expect(await world.alert(32102)).toContain('SRTP was offered, and plain RTP answered');
    await world.quiet();
    await world[Symbol.asyncDispose]();
  });
});
