import * as fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { isSid, mintSid, parseSid, sidKinds } from './index.ts';
import type { Sid, SidPrefix } from './index.ts';

const prefixes = Object.keys(sidKinds) as SidPrefix[];
const digits = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';
const conductorSid = `CN${digits}`;

describe('isSid', () => {
  it('accepts upper and lower case digits', () => {
    expect(isSid(conductorSid)).toBe(true);
    expect(isSid(`CN${digits.toUpperCase()}`, 'CN')).toBe(true);
  });

  it('refuses another kind, another length and what is not a string', () => {
    expect(isSid(conductorSid, 'AP', 'CH')).toBe(false);
    expect(isSid(`QQ${digits}`)).toBe(false);
    expect(isSid(`${conductorSid}\n`)).toBe(false);
    expect(isSid(conductorSid.slice(1))).toBe(false);
    expect(isSid(undefined)).toBe(false);
    expect(isSid(34)).toBe(false);
  });

  it('accepts either prefix of a text message', () => {
    expect(isSid(`SM${digits}`, 'SM', 'MM')).toBe(true);
    expect(isSid(`MM${digits}`, 'SM', 'MM')).toBe(true);
  });

  it('goes by the shape alone, so an all-zero SID passes', () => {
    expect(isSid(`AC${'0'.repeat(32)}`, 'AC')).toBe(true);
  });
});

describe('parseSid', () => {
  it('gives the SID back as written', () => {
    const upper = `CN${digits.toUpperCase()}`;

    expect(parseSid(upper, 'CN')).toEqual({ ok: true, value: upper });
  });

  it('names the kind given and the kind expected', () => {
    const result = parseSid(`AP${digits}`, 'CN');

    expect(result).toMatchObject({
      ok: false,
      error: { kind: 'wrong-kind', given: 'AP', expected: ['CN'] },
    });
    expect(result).toHaveProperty(
      'error.sentence',
      'This is the SID of an Application (AP…), but a Conductor SID (CN…) is expected here.',
    );
  });

  it('explains what is no SID at all', () => {
    expect(parseSid('CN123', 'CN')).toMatchObject({
      ok: false,
      error: { kind: 'wrong-length', length: 5 },
    });
  });
});

describe('mintSid', () => {
  it('makes well-formed lower-case SIDs of every kind', () => {
    fc.assert(
      fc.property(fc.constantFrom(...prefixes), (prefix) => {
        const sid = mintSid(prefix, 1_800_000_000_000);
        expect(sid).toMatch(/^[A-Z]{2}[0-9a-f]{32}$/);
        expect(parseSid(sid, prefix)).toEqual({ ok: true, value: sid });
      }),
    );
  });

  it('does not repeat itself when its pool of randomness is refilled', () => {
    const minted = new Set(Array.from({ length: 2_000 }, () => mintSid('IM', 0)));

    expect(minted.size).toBe(2_000);
  });

  it('makes SIDs that sort by the millisecond they were made in', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 2 ** 40 }), (instant, later) => {
        expect(mintSid('IM', instant) < mintSid('IM', instant + later)).toBe(true);
      }),
    );
  });
});

describe('the type Sid', () => {
  it('keeps kinds apart from each other and from plain strings', () => {
    expectTypeOf(mintSid('AP', 0)).toEqualTypeOf<Sid<'AP'>>();
    expectTypeOf<Sid<'AP'>>().not.toExtend<Sid<'CN'>>();
    expectTypeOf<string>().not.toExtend<Sid<'CN'>>();
    expectTypeOf<string>().not.toExtend<Sid>();
    expectTypeOf<Sid<'CN'>>().toExtend<string>();
  });

  it('lets a kind stand where several kinds or any kind may', () => {
    expectTypeOf<Sid<'SM'>>().toExtend<Sid<'SM' | 'MM'>>();
    expectTypeOf<Sid<'SM'>>().toExtend<Sid>();
    expectTypeOf<Sid<'SM' | 'MM'>>().not.toExtend<Sid<'SM'>>();
  });

  it('is what the guard narrows to', () => {
    const text: unknown = conductorSid;

    if (isSid(text, 'CN')) expectTypeOf(text).toEqualTypeOf<Sid<'CN'>>();
    if (isSid(text)) expectTypeOf(text).toEqualTypeOf<Sid>();
  });
});
