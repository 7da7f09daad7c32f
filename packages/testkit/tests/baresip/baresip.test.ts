import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import { toneWav } from '../voice/_sounds.ts';
import {
  answered,
  BOB,
  CAROL,
  eventually,
  type Form,
  hearEachOther,
  OURS,
  twiml,
  World,
} from '../voice/_world.ts';
import { Baresip, type BaresipOptions, itWithBaresip } from './_baresip.ts';

const CALLER = '+15557654399';

const certificate = (name: string): string =>
  fileURLToPath(new URL(`../../../sip/tests/certificates/${name}.pem`, import.meta.url));

const TLS = {
  TUTTI_SIP_TLS_PORT: '0',
  TUTTI_SIP_TLS_CERT: certificate('loopback'),
  TUTTI_SIP_TLS_KEY: certificate('loopback-key'),
  TUTTI_SIP_TLS_CA: certificate('authority'),
};

const TRANSPORTS = ['udp', 'tcp', 'tls'] as const;

/** A server that plays 440 Hz for as long as it waits for two keys, then does what `/pressed` says. */
async function openWorld(env: Readonly<Record<string, string>> = {}): Promise<World> {
  const world = await World.open({ env: { ...TLS, ...env } });
  world.hooks.reply('/tone.wav', {
    body: toneWav(440, 2000),
    headers: { 'content-type': 'audio/wav' },
  });
  world.hooks.reply('/pressed', twiml('<Gather timeout="600"/>'));
  await world.answers(asksForKeys(world));
  return world;
}

function asksForKeys({ hooks }: World): string {
  const play = `<Play loop="0">${hooks.at('/tone.wav')}</Play>`;
  return twiml(
    `<Gather timeout="600" numDigits="2" action="${hooks.at('/pressed')}">${play}</Gather>`,
  );
}

async function openPhone(
  world: World,
  options: Partial<BaresipOptions> & { readonly registers?: boolean } = {},
): Promise<Baresip> {
  const { registers = false, ...rest } = options;
  const { tutti } = world;
  const { sips } = await world.get('/v1/Server');
  return Baresip.open({
    server: options.transport === 'tls' ? sips : tutti.sip,
    user: CALLER,
    ...(registers
      ? { credentials: { username: tutti.accountSid, password: tutti.authToken } }
      : {}),
    ...rest,
  });
}

describe('baresip calls in', () => {
  itWithBaresip.each(TRANSPORTS)(
    'over %s: hears, keys, is put through, speaks and hangs up',
    async (transport) => {
      await using world = await openWorld();
      const bob = await world.phone(BOB);
      world.hooks.reply('/pressed', twiml(`<Dial>${BOB}</Dial>`));
      const baresip = await openPhone(world, { transport });

      await baresip.call(OURS);
      await baresip.hears(440);
      await baresip.press('4');
      await baresip.press('2');
      const { parameters } = await world.hooks.next('/pressed');
      expect(parameters).toMatchObject({ Digits: '42', From: CALLER, To: OURS });
      const bobs = await answered(bob);
      const tone = bobs.playTone(1100);
      await Promise.all([bobs.hears({ tone: 600 }), baresip.hears(1100)]);
      tone.stop();
      await baresip.press('7');
      await bobs.hears({ digits: '7' });
      await baresip.hangUp();

      expect(await bobs.ended).toEqual({ by: 'peer' });
      await world.quiet();
    },
  );

  itWithBaresip.each(TRANSPORTS)('over %s, holds the call and resumes it', async (transport) => {
    await using world = await openWorld();
    const bob = await world.phone(BOB);
    await world.answers(twiml(`<Dial>${BOB}</Dial>`));
    const baresip = await openPhone(world, { transport });

    await baresip.dial(OURS);
    const bobs = await answered(bob);
    await bobs.hears({ tone: 600 });
    await baresip.hold();
    await bobs.hears({ silence: true });
    const before = await baresip.received();
    await baresip.resume();
    await bobs.hears({ tone: 600 });
    await eventually(async () => expect(await baresip.received()).toBeGreaterThan(before + 10));
    await baresip.hangUp();

    expect(await bobs.ended).toEqual({ by: 'peer' });
    await world.quiet();
  });

  itWithBaresip('with SRTP and feedback (RFC 5124)', async () => {
    await using world = await openWorld();
    const baresip = await openPhone(world, { transport: 'tls', srtp: 'srtp-mandf' });

    await baresip.call(OURS);
    await baresip.hears(440);
    await baresip.hangUp();

    await world.quiet();
  });

  itWithBaresip('and speaks A-law with us', async () => {
    await using world = await openWorld();
    const bob = await world.phone(BOB);
    await world.answers(twiml(`<Dial>${BOB}</Dial>`));
    const baresip = await openPhone(world, { codecs: 'PCMA' });

    await baresip.dial(OURS);
    const bobs = await answered(bob);
    await baresip.next('CALL_ESTABLISHED');
    bobs.playTone(1100);
    await Promise.all([bobs.hears({ tone: 600 }), baresip.hears(1100)]);
    await bobs.hangUp();

    await baresip.next('CALL_CLOSED');
    await world.quiet();
  });

  itWithBaresip('and is refused: it hears why', async () => {
    await using world = await openWorld();
    await world.answers(twiml('<Reject reason="busy"/>'));
    const baresip = await openPhone(world);

    await baresip.dial(OURS);

    expect((await baresip.next('CALL_CLOSED')).param).toBe('486 Busy Here');
    await world.quiet();
  });

  itWithBaresip('and gives up while it rings', async () => {
    await using world = await openWorld();
    await world.answers(twiml('<Pause length="30"/>'));
    const baresip = await openPhone(world);

    await baresip.dial(OURS);
    await baresip.next('CALL_RINGING');
    await baresip.hangUp();

    await eventually(async () =>
      expect(await world.onlyCall()).toMatchObject({ status: 'canceled' }),
    );
    await world.quiet();
  });

  itWithBaresip(
    'and crashes: the silence ends its call, and that of whom it spoke to',
    async () => {
      await using world = await openWorld({ TUTTI_SILENCE_SECONDS: '1' });
      const bob = await world.phone(BOB);
      await world.answers(twiml(`<Dial>${BOB}</Dial>`));
      const baresip = await openPhone(world);

      await baresip.dial(OURS);
      const bobs = await answered(bob);
      await bobs.hears({ tone: 600 });
      await baresip.crash();

      expect(await world.alert(32014)).toContain(CALLER);
      expect(await bobs.ended).toEqual({ by: 'peer' });
      await eventually(async () => {
        const { calls } = await world.get('/Calls.json?Status=completed');
        expect(calls).toHaveLength(2);
        // The BYE that nobody answers is sent for 32 s more (RFC 3261 §17.1.2.2), by nothing else than its dialog.
        expect(world.tutti.server.voiceCounts).toMatchObject({
          calls: 0,
          legs: 0,
          bridges: 0,
          dialogs: 1,
        });
      });
    },
  );

  itWithBaresip.each(TRANSPORTS)(
    'over %s, transfers whom it calls: referUrl is asked, and two others talk',
    async (transport) => {
      await using world = await openWorld();
      const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
      await world.answers(twiml(`<Dial referUrl="/refer">${BOB}</Dial>`));
      world.hooks.reply('/refer', twiml(`<Dial>${CAROL}</Dial>`));
      const baresip = await openPhone(world, { transport });

      await baresip.dial(OURS);
      const bobs = await answered(bob);
      await bobs.hears({ tone: 600 });
      await baresip.transfer(`sip:${CAROL}@127.0.0.1`);

      expect((await world.hooks.next('/refer')).parameters).toMatchObject({
        ReferTransferTarget: `sip:${CAROL}@127.0.0.1`,
        To: BOB,
      });
      await baresip.next('CALL_CLOSED');
      expect(baresip.events.map(({ type }) => type)).not.toContain('TRANSFER_FAILED');
      const carols = await answered(carol);
      await hearEachOther(bobs, carols);
      await carols.hangUp();
      await world.quiet();
    },
  );

  itWithBaresip('and wants to transfer it without referUrl: it is declined', async () => {
    await using world = await openWorld();
    const bob = await world.phone(BOB);
    await world.answers(twiml(`<Dial>${BOB}</Dial>`));
    const baresip = await openPhone(world);

    await baresip.dial(OURS);
    const bobs = await answered(bob);
    await bobs.hears({ tone: 600 });
    await baresip.transfer(`sip:+15550009999@127.0.0.1`);

    expect((await baresip.next('TRANSFER_FAILED')).param).toBe('603 Decline');
    // baresip 1.0.0 hangs up on a transfer that is declined, and tells nobody.
    expect(await bobs.ended).toEqual({ by: 'peer' });
    await world.quiet();
  });
});

describe('baresip is called', () => {
  const place = async (world: World, more: Form = {}): Promise<string> => {
    const form = { To: CALLER, Twiml: asksForKeys(world), ...more };
    return (await world.place(form)).sid;
  };

  itWithBaresip.each(TRANSPORTS)(
    'where it registered over %s: it answers, hears, keys, and is hung up on',
    async (transport) => {
      await using world = await openWorld();
      const baresip = await openPhone(world, { transport, registers: true });

      const sid = await place(world);
      await baresip.answer();
      await baresip.hears(440);
      await baresip.press('4');
      await baresip.press('2');
      expect((await world.hooks.next('/pressed')).parameters).toMatchObject({
        Digits: '42',
        CallSid: sid,
      });
      await world.update(sid, { Status: 'completed' });

      await baresip.next('CALL_CLOSED');
      await world.quiet();
      expect(await world.alerts()).toEqual([]);
    },
  );

  itWithBaresip(
    'by baresip: one over UDP with µ-law, one over TLS with SRTP and A-law',
    async () => {
      await using world = await openWorld();
      const called = await openPhone(world, {
        user: BOB,
        transport: 'tls',
        registers: true,
        saysHz: 1100,
        codecs: 'PCMA',
      });
      await world.answers(twiml(`<Dial>${BOB}</Dial>`));
      const calling = await openPhone(world, { codecs: 'PCMU' });

      await calling.dial(OURS);
      await called.answer();
      await Promise.all([calling.hears(1100), called.hears(600)]);
      await called.hangUp();

      await calling.next('CALL_CLOSED');
      await world.quiet();
    },
  );

  itWithBaresip('by <Dial>, and transfers the caller, who is put through to another', async () => {
    await using world = await openWorld();
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const baresip = await openPhone(world);
    const noun = `<Sip>${baresip.uri}</Sip>`;
    await world.answers(twiml(`<Dial referUrl="/refer" action="/after">${noun}</Dial>`));
    world.hooks.reply('/refer', twiml(`<Dial>${CAROL}</Dial>`));

    const bobs = await bob.dial(OURS);
    await baresip.answer();
    await bobs.hears({ tone: 600 });
    await baresip.transfer(`sip:${CAROL}@127.0.0.1`);

    expect((await world.hooks.next('/refer')).parameters).toMatchObject({ From: BOB });
    await baresip.next('CALL_CLOSED');
    const carols = await answered(carol);
    await hearEachOther(bobs, carols);
    await bobs.hangUp();
    await world.quiet();
    expect(world.hooks.caught.map(({ path }) => path)).not.toContain('/after');
  });

  itWithBaresip('and refuses', async () => {
    await using world = await openWorld();
    const baresip = await openPhone(world, { registers: true });

    const sid = await place(world);
    await baresip.next('CALL_INCOMING');
    await baresip.hangUp();

    await world.becomes(sid, 'busy');
    await world.quiet();
  });

  itWithBaresip('and rings no more when the call is canceled', async () => {
    await using world = await openWorld();
    const baresip = await openPhone(world, { registers: true });

    const sid = await place(world);
    await baresip.next('CALL_INCOMING');
    await world.update(sid, { Status: 'canceled' });

    await baresip.next('CALL_CLOSED');
    await world.becomes(sid, 'canceled');
    await world.quiet();
  });

  itWithBaresip('after it went: nobody has the name any more', async () => {
    await using world = await openWorld();
    const baresip = await openPhone(world, { registers: true });
    await baresip.quit();

    const sid = await place(world);

    await world.becomes(sid, 'failed');
    expect(await world.alert(75012)).toContain(CALLER);
  });

  itWithBaresip('not with the wrong password', async () => {
    await using world = await openWorld();
    const { accountSid } = world.tutti;

    const opened = openPhone(world, { credentials: { username: accountSid, password: 'wrong' } });

    await expect(opened).rejects.toThrow('REGISTER_FAIL 403 Forbidden');
  });
});
