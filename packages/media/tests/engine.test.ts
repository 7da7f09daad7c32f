import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { MediaEngine, silenceSource } from '../src/index.ts';
import { openPair } from './_legs.ts';
import { MovableClock } from './_movable-clock.ts';

const engines: MediaEngine[] = [];

function open(...options: ConstructorParameters<typeof MediaEngine>): MediaEngine {
  const engine = new MediaEngine(...options);
  engines.push(engine);
  return engine;
}

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
});

describe('a media engine', () => {
  it('gives each leg an even port of the range, and none twice', async () => {
    const engine = open();
    const portRange = { min: 23_401, max: 23_408 };

    const legs = [1, 2, 3].map(() => engine.openLeg({ host: '127.0.0.1', portRange }));
    const ports = (await Promise.all(legs)).map((leg) => leg.localPort);

    expect(ports.sort((a, b) => a - b)).toEqual([23_402, 23_404, 23_406]);
  });

  it('passes over a port that another program has, and says when none is left', async () => {
    const engine = open();
    const other = createSocket('udp4').bind(23_502, '127.0.0.1');
    await once(other, 'listening');
    const options = { host: '127.0.0.1', portRange: { min: 23_502, max: 23_505 } };

    const leg = await engine.openLeg(options);

    expect(leg.localPort).toBe(23_504);
    await expect(engine.openLeg(options)).rejects.toMatchObject({
      code: 'NO_PORT',
      message: expect.stringContaining('23502 to 23505'),
    });
    await leg.close();
    expect((await engine.openLeg(options)).localPort).toBe(23_504);
    other.close();
  });

  it('says when the host cannot be bound', async () => {
    await expect(open().openLeg({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'BIND_FAILED',
    });
  });

  it('works over IPv6', async () => {
    const engine = open();
    const a = await engine.openLeg({ host: '::1' });
    const b = await engine.openLeg({ host: '::1' });
    a.connect({ host: '::1', port: b.localPort, codec: 'PCMU' });
    b.connect({ host: '::1', port: a.localPort, codec: 'PCMU' });

    await new Promise<void>((resolve) => {
      b.onAudio(() => resolve());
    });
  });

  it('ticks only while it has legs', async () => {
    const clock = new MovableClock();
    const engine = open({ clock });
    clock.advance(100);
    const ticksBefore = engine.stats.ticks;

    const leg = await engine.openLeg({ host: '127.0.0.1' });
    clock.advance(100);
    await leg.close();
    clock.advance(100);

    expect([ticksBefore, engine.stats.ticks]).toEqual([0, 5]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('plays in the time of its clock, from when the leg is connected', async () => {
    const clock = new MovableClock();
    const [a] = await openPair(open({ clock }));
    let ended = false;
    const play = a.play(silenceSource(90)).finally(() => {
      ended = true;
    });

    clock.advance(80);
    await Promise.resolve();
    const endedEarly = ended;
    clock.advance(20);

    expect(await play).toBe('finished');
    expect(endedEarly).toBe(false);
    expect(a.stats().packetsSent).toBe(5);
  });

  it('goes on when a listener or a source throws', async () => {
    const errors: unknown[] = [];
    const engine = open({ onError: (error) => errors.push(error) });
    const [a, b] = await openPair(engine);
    const broken = a.play({
      read: () => {
        throw new Error('broken source');
      },
    });
    b.onAudio(() => {
      throw new Error('broken listener');
    });

    await expect(broken).rejects.toMatchObject({ code: 'SOURCE_FAILED' });
    expect(await a.play(silenceSource(200))).toBe('finished');
    expect(errors[0]).toMatchObject({ message: 'broken listener' });
  });

  it('stops everything when closed, and may be closed twice', async () => {
    const engine = open();
    const [a] = await openPair(engine);
    engine.createBridge().add(a);
    const plays = [a.play(silenceSource(100_000)), a.play(silenceSource(100_000))];

    await Promise.all([engine.close(), engine.close()]);

    expect(await Promise.all(plays)).toEqual(['stopped', 'stopped']);
    expect(engine.stats).toMatchObject({ legs: 0, bridges: 0, sockets: 0 });
    expect(await a.play(silenceSource(20))).toBe('stopped');
    await a.close();
    await expect(engine.openLeg({ host: '127.0.0.1' })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => engine.createBridge()).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  });

  it('frees a port that was being bound when it was closed', async () => {
    const engine = open();

    const leg = engine.openLeg({ host: '127.0.0.1' });
    await engine.close();

    await expect(leg).rejects.toMatchObject({ code: 'CLOSED' });
    expect(engine.stats.sockets).toBe(0);
  });
});
