import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAudioOffer } from '@tutti/sip';
import { describe, expect, it } from 'vitest';
import { startTestServer } from '../../src/index.ts';
import { RawCaller } from './_raw-caller.ts';
import { BOB, CAROL, OURS, World, answered, eventually, twiml } from './_world.ts';

describe.concurrent('nothing is left open', () => {
  it('after calls that were answered, refused, canceled, abandoned and bound', async () => {
    await using world = await World.open();
    const { conductorSid } = await world.conversation();
    await world.answers(twiml(`<Dial timeout="5">${CAROL}</Dial>`));
    const [bob, carol, dave] = [
      await world.phone(BOB),
      await world.phone(CAROL),
      await world.phone('dave'),
    ];

    await world.place({ ConductorSid: conductorSid });
    const bridged = await answered(bob);
    await world.place({ Twiml: twiml('<Hangup/>') });
    (await bob.nextCall()).reject();
    const canceled = await world.place({ Twiml: twiml('<Hangup/>') });
    const ringing = await bob.nextCall();
    await world.update(canceled.sid, { Status: 'canceled' });
    await ringing.canceled;
    const abandoned = dave.dialing(OURS);
    await abandoned.ringing;
    abandoned.cancel();
    await abandoned.call.catch(() => undefined);
    const dialled = await dave.dial(OURS);
    const carols = await carol.nextCall();
    await dialled.hangUp();
    await carols.canceled.catch(() => undefined);
    await world.place({ To: '+15553333333', Twiml: twiml() });
    await bridged.hangUp();

    await world.quiet();
    expect((await world.get('/Calls.json')).calls.length).toBeGreaterThanOrEqual(6);
  });

  it('when the server closes: phones hear BYE, and the rows say how the calls ended', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tutti-voice-'));
    try {
      const world = await World.open({ env: { TUTTI_DATA: data } });
      const { accountSid, authToken } = world.tutti;
      const { conductorSid } = await world.conversation();
      const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
      const bridged = await world.place({ ConductorSid: conductorSid });
      const bobs = await answered(bob);
      const playing = await world.place({ To: CAROL, Twiml: twiml('<Pause length="60"/>') });
      const carols = await answered(carol);
      const ringing = await world.place({ Twiml: twiml('<Hangup/>') });
      const bobsSecond = await bob.nextCall();
      await world.becomes(bridged.sid, 'in-progress');
      await world.becomes(playing.sid, 'in-progress');

      const before = Date.now();
      const closed = world.tutti.server.close();
      expect(await Promise.all([bobs.ended, carols.ended])).toEqual([
        { by: 'peer' },
        { by: 'peer' },
      ]);
      await bobsSecond.canceled;
      await closed;
      expect(Date.now() - before).toBeLessThan(5000);
      await world.tutti.close();

      await using again = await startTestServer({
        env: { TUTTI_DATA: data, TWILIO_ACCOUNT_SID: accountSid, TWILIO_AUTH_TOKEN: authToken },
      });
      const status = async (sid: string) => {
        const path = `/2010-04-01/Accounts/${accountSid}/Calls/${sid}.json`;
        return (await again.request('GET', path)).body['status'];
      };
      expect(await status(bridged.sid)).toBe('completed');
      expect(await status(playing.sid)).toBe('completed');
      expect(await status(ringing.sid)).toBe('canceled');
      const alerts = await again.request<{ alerts: unknown[] }>('GET', '/v1/Alerts');
      expect(alerts.body.alerts).toEqual([]);
    } finally {
      await rm(data, { recursive: true });
    }
  });

  it('when the server closes on peers that answer nothing', async () => {
    const world = await World.open();
    await world.answers(twiml('<Gather timeout="600"/>'));
    const { server, sip } = world.tutti;
    await using silent = await RawCaller.open({ server: sip, to: OURS });
    await using gone = await RawCaller.open({ server: sip, to: OURS, callId: 'gone' });
    const offer = (port: number) =>
      createAudioOffer({ host: '127.0.0.1', port, codecs: ['PCMU'], sessionId: 1 });
    silent.invite(offer(silent.rtpPort));
    gone.invite(offer(gone.rtpPort));
    gone.ack(await gone.heard('SIP/2.0 200'));
    await silent.heard('SIP/2.0 200');
    await eventually(async () => {
      expect((await world.get('/Calls.json?Status=in-progress')).calls).toHaveLength(1);
    });

    const before = Date.now();
    await server.close();

    expect(Date.now() - before).toBeLessThan(5000);
    await gone.heard('BYE');
    await world.tutti.close();
  });

  it('of sixty calls at once', async () => {
    await using world = await World.open();
    await world.answers(twiml('<Play digits="1"/>'));
    const phones = await Promise.all(
      Array.from({ length: 6 }, (_, index) => world.phone(`phone${index}`)),
    );

    const calls = await Promise.all(
      phones.flatMap((phone) => Array.from({ length: 10 }, () => phone.dial(OURS))),
    );
    await Promise.all(calls.map((call) => call.ended));

    await eventually(() => expect(world.tutti.server.voiceCounts.calls).toBe(0));
    await world.quiet();
    const { calls: rows } = await world.get('/Calls.json?PageSize=1000&Status=completed');
    expect(rows).toHaveLength(60);
  });
});
