import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeAudio, ToneMeter } from '@tutti/media';
import { describe, expect, it } from 'vitest';
import { BOB, CAROL, OURS, type Json, World, eventually, hearEachOther, twiml } from './_world.ts';

async function recordings(world: World, conversationSid: string): Promise<Json[]> {
  const { messages } = await world.get(`/v1/Conversations/${conversationSid}/Messages`);
  return messages.filter(({ media }: Json) => media !== null);
}

/** Whether the tone dominates 100 ms anywhere in the samples. */
function hasTone(samples: Int16Array, frequencyHz: number): boolean {
  const meter = new ToneMeter();
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    meter.push(samples.subarray(at, at + 160));
    if (meter.has(frequencyHz)) return true;
  }
  return false;
}

describe.concurrent('a Conductor with Record=on', () => {
  it('makes the bridge a media message when its last call leaves', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation({
      ProxyAddress: OURS,
      Record: 'on',
    });
    const [bob, carol] = [await world.phone(BOB), await world.phone(CAROL)];
    const bobs = await bob.dial(OURS);
    const carols = await carol.dial(OURS);
    await hearEachOther(bobs, carols);
    const tones = [
      bobs.playTone(500, { durationMs: 300 }),
      carols.playTone(1800, { durationMs: 300 }),
    ];
    await tones[0]?.done;
    await tones[1]?.done;
    await bobs.playTone(800, { durationMs: 300 }).done;

    await bobs.hangUp();
    await world.tutti.settled();
    expect(await recordings(world, conversationSid)).toEqual([]);
    await carols.playTone(1300, { durationMs: 300 }).done;
    await carols.hangUp();

    const message = await eventually(async () => {
      const [only, ...others] = await recordings(world, conversationSid);
      expect(only).toBeDefined();
      expect(others).toEqual([]);
      return only;
    });
    const [file] = message.media;
    expect(message).toMatchObject({ author: 'system', body: null });
    expect(file).toMatchObject({
      sid: expect.stringMatching(/^ME[0-9a-f]{32}$/),
      content_type: 'audio/wav',
      filename: expect.stringContaining(conductorSid),
      size: expect.any(Number),
    });
    expect(JSON.parse(message.attributes)).toEqual({
      tutti: {
        channel: 'voice',
        kind: 'recording',
        conductor_sid: conductorSid,
        duration: expect.any(Number),
      },
    });
    const media = await world.get(`/v1/Services/${message.chat_service_sid}/Media/${file.sid}`);
    expect(media).toMatchObject({
      sid: file.sid,
      service_sid: message.chat_service_sid,
      channel_sid: conversationSid,
      message_sid: message.sid,
      size: file.size,
      content_type: 'audio/wav',
      author: 'system',
      category: 'media',
      is_multipart_upstream: false,
    });
    const content = await fetch(media.links.content_direct_temporary);
    expect(content.headers.get('content-type')).toBe('audio/wav');
    const bytes = new Uint8Array(await content.arrayBuffer());
    expect(bytes).toHaveLength(file.size);
    const audio = decodeAudio(bytes, 'audio/wav');
    if (!audio.ok) throw new Error(audio.error.message);
    const { samples, durationMs } = audio.value;
    expect([600, 1100, 800, 1300].filter((hertz) => !hasTone(samples, hertz))).toEqual([]);
    expect(durationMs).toBeGreaterThan(900);
    const { timeline } = await world.get(`/v1/Conversations/${conversationSid}/Timeline`);
    expect(timeline).toContainEqual(
      expect.objectContaining({ kind: 'recording', event: 'completed' }),
    );
    await world.quiet();
  });

  it('shows its content to nobody without the link, nor for long, nor once the message is gone', async () => {
    await using world = await World.open();
    const { conversationSid } = await world.conversation({ ProxyAddress: OURS, Record: 'on' });
    const bob = await world.phone(BOB);
    const call = await bob.dial(OURS);
    await call.playTone(700, { durationMs: 200 }).done;
    await call.hangUp();
    const [message] = await eventually(async () => {
      const all = await recordings(world, conversationSid);
      expect(all).toHaveLength(1);
      return all;
    });
    const path = `/v1/Services/${message.chat_service_sid}/Media/${message.media[0].sid}`;
    const { links } = await world.get(path);
    const link = new URL(links.content_direct_temporary);

    const status = async (change: (url: URL) => void) => {
      const url = new URL(link);
      change(url);
      return (await fetch(url)).status;
    };

    expect(await status(() => undefined)).toBe(200);
    expect(await status((url) => url.searchParams.delete('Proof'))).toBe(403);
    expect(await status((url) => url.searchParams.set('Proof', 'é'.repeat(64)))).toBe(403);
    expect(await status((url) => url.searchParams.set('Until', '99999999999999'))).toBe(403);
    expect(await status((url) => url.searchParams.set('Until', '1'))).toBe(403);
    expect((await fetch(`${world.tutti.url}${path}`)).status).toBe(401);
    const messages = `/v1/Conversations/${conversationSid}/Messages`;
    expect((await world.request('DELETE', `${messages}/${message.sid}`)).status).toBe(204);
    expect((await world.request('GET', path)).status).toBe(404);
    expect(await status(() => undefined)).toBe(403);
    const other = path.replace(/ME\w+/, 'ME7c1f09b2e4d84a6fa3305be1d96c2f58');
    expect(await world.request('GET', other)).toMatchObject({ status: 404, body: { code: 20404 } });
  });

  it('keeps what was said when the conversation closes', async () => {
    await using world = await World.open();
    const { conversationSid } = await world.conversation({ ProxyAddress: OURS, Record: 'on' });
    const bob = await world.phone(BOB);
    const call = await bob.dial(OURS);
    await call.playTone(700, { durationMs: 200 }).done;

    await world.post(`/v1/Conversations/${conversationSid}`, { State: 'closed' });
    await call.ended;

    const entry = await eventually(async () => {
      const { timeline } = await world.get(`/v1/Conversations/${conversationSid}/Timeline`);
      const found = timeline.find(({ kind }: Json) => kind === 'recording');
      expect(found).toBeDefined();
      return found;
    });
    expect(JSON.stringify(entry)).toMatch(/ME[0-9a-f]{32}/);
    expect(await recordings(world, conversationSid)).toEqual([]);
  });

  it('keeps the recording in the data directory when the server closes', async () => {
    const data = await mkdtemp(join(tmpdir(), 'tutti-recording-'));
    const world = await World.open({ env: { TUTTI_DATA: data } });
    await world.conversation({ ProxyAddress: OURS, Record: 'on' });
    const bob = await world.phone(BOB);
    const call = await bob.dial(OURS);
    await call.playTone(700, { durationMs: 200 }).done;

    await world.tutti.server.close();

    await call.ended;
    expect(await readdir(join(data, 'media'))).toEqual([expect.stringMatching(/^ME/)]);
    await world.tutti.close();
    await rm(data, { recursive: true });
  });

  it.for(['message', 'conversation', 'service'])(
    'keeps no file of a %s that is deleted',
    async (deleted) => {
      const data = await mkdtemp(join(tmpdir(), 'tutti-recording-'));
      const world = await World.open({ env: { TUTTI_DATA: data } });
      const { sid: serviceSid } = await world.post('/v1/Services', { FriendlyName: 'Recorded' });
      const service = `/v1/Services/${serviceSid}`;
      const { sid: conversationSid } = await world.post(`${service}/Conversations`);
      await world.conductor(conversationSid, { ProxyAddress: OURS, Record: 'on' });
      const bob = await world.phone(BOB);
      const call = await bob.dial(OURS);
      await call.playTone(700, { durationMs: 200 }).done;
      await call.hangUp();
      const [message] = await eventually(async () => {
        const all = await recordings(world, conversationSid);
        expect(all).toHaveLength(1);
        return all;
      });
      const conversation = `${service}/Conversations/${conversationSid}`;
      const paths: Record<string, string> = {
        message: `${conversation}/Messages/${message.sid}`,
        conversation,
        service,
      };
      expect(await readdir(join(data, 'media'))).toEqual([message.media[0].sid]);

      const { status } = await world.request('DELETE', paths[deleted] ?? '');
      await world.tutti.settled();

      expect(status).toBe(204);
      expect(await readdir(join(data, 'media'))).toEqual([]);
      await world.tutti.close();
      await rm(data, { recursive: true });
    },
  );

  it('records nothing while calls run their own TwiML', async () => {
    await using world = await World.open();
    const { conversationSid, conductorSid } = await world.conversation({ Record: 'on' });
    const bob = await world.phone(BOB);
    await world.place({ ConductorSid: conductorSid, Twiml: twiml('<Play digits="1"/>') });

    await (
      await (await bob.nextCall()).answer()
    ).ended;

    await world.quiet();
    expect(await recordings(world, conversationSid)).toEqual([]);
  });
});
