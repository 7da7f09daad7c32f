import { describe, expect, it } from 'vitest';
import { PacketRing } from './packet-ring.ts';

/** A ring of so many bytes, its writer's end and its reader's. */
function makeRing(bytes: number): [PacketRing, PacketRing] {
  const writer = new PacketRing(bytes);
  return [writer, new PacketRing(writer.memory)];
}

function read(ring: PacketRing): string | undefined {
  return ring.read() ? ring.content.toString() : undefined;
}

describe('a ring of packets', () => {
  it('hands over what was written, in order', () => {
    const [writer, reader] = makeRing(256);

    writer.write('address', 7, Buffer.from('one'));
    writer.write('packet', 2 ** 30, Buffer.from('twelve bytes'), 1234.567);

    expect(reader.read()).toBe(true);
    expect([reader.kind, reader.socketId, reader.content.toString()]).toEqual([
      'address',
      7,
      'one',
    ]);
    expect(reader.read()).toBe(true);
    expect([reader.kind, reader.socketId, reader.atMs]).toEqual(['packet', 2 ** 30, 1234.567]);
    expect(reader.content.toString()).toBe('twelve bytes');
    expect(reader.read()).toBe(false);
  });

  it('goes round for ever, whatever the lengths, and takes empty packets and the longest', () => {
    const [writer, reader] = makeRing(160_000);
    const lengths = [0, 1, 7, 8, 9, 172, 2048, 2049, 65_507];
    let written = 0;
    let seen = 0;

    for (let turn = 0; turn < 2000; turn += 1) {
      for (let i = 0; i <= turn % 3; i += 1) {
        const content = Buffer.alloc(lengths[written % lengths.length] ?? 0, written);
        if (writer.write('packet', written, content)) written += 1;
      }
      for (; reader.read(); seen += 1) {
        const expected = Buffer.alloc(lengths[seen % lengths.length] ?? 0, seen);
        expect(reader.socketId).toBe(seen);
        expect(reader.content.equals(expected)).toBe(true);
      }
    }

    expect(seen).toBe(written);
    expect(seen).toBeGreaterThan(3000);
  });

  it('refuses and counts what has no room, and takes more once it was read', () => {
    const [writer, reader] = makeRing(128);

    const taken = ['a', 'b', 'c', 'd', 'e', 'f'].map((text) =>
      writer.write('packet', 1, Buffer.from(text)),
    );

    // 24 bytes each; never so full that it would look empty.
    expect(taken).toEqual([true, true, true, true, true, false]);
    expect([writer.dropped, reader.dropped]).toEqual([1, 1]);
    expect([read(reader), read(reader)]).toEqual(['a', 'b']);
    expect(writer.write('packet', 1, Buffer.from('g'))).toBe(true);
    expect(['c', 'd', 'e', 'g', undefined].map(() => read(reader))).toEqual([
      'c',
      'd',
      'e',
      'g',
      undefined,
    ]);
  });
});
