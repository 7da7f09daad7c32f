import { isSid, mintSid, parseSid, type Sid } from '@tutti/ids';
import { describe, expect, expectTypeOf, it } from 'vitest';

const INSTANT = 1_795_000_000_000;

/** Takes a Conductor's SID alone, as what binds a call does. */
const bind = (conductorSid: Sid<'CN'>): string => conductorSid;

describe('The type of a SID', () => {
  it('keeps kinds apart: the Application SID is no Conductor SID', () => {
    const conductor = mintSid('CN', INSTANT);
    const application = mintSid('AP', INSTANT);

    expect(bind(conductor)).toBe(conductor);
    // @ts-expect-error An application where a Conductor is taken.
    expect(bind(application)).toBe(application);
    expectTypeOf(application).not.toExtend<Sid<'CN'>>();
    expectTypeOf(mintSid('CH', INSTANT)).not.toExtend<Sid<'CN'>>();
  });

  it('is not that of any string, and a SID is one', () => {
    const text: string = mintSid('CN', INSTANT);

    // @ts-expect-error Nobody looked at what the text is.
    expect(bind(text)).toBe(text);
    expectTypeOf<Sid<'CN'>>().toExtend<string>();
    expectTypeOf<string>().not.toExtend<Sid>();
  });

  it('is of every kind or of several where those are taken, and not the other way round', () => {
    expectTypeOf<Sid<'CN'>>().toExtend<Sid>();
    expectTypeOf<Sid<'SM'>>().toExtend<Sid<'SM' | 'MM'>>();
    expectTypeOf<Sid>().not.toExtend<Sid<'CN'>>();
    expectTypeOf<Sid<'SM' | 'MM'>>().not.toExtend<Sid<'SM'>>();
  });

  it('knows its prefixes', () => {
    // @ts-expect-error No kind of SID begins so.
    const unknown = mintSid('QQ', INSTANT);

    expect(isSid(unknown)).toBe(false);
  });

  it('comes of looking at a text', () => {
    const text: string = mintSid('CN', INSTANT);
    const parsed = parseSid(text, 'CN', 'AP');

    if (isSid(text, 'CN')) expectTypeOf(text).toEqualTypeOf<string & Sid<'CN'>>();
    if (parsed.ok) expectTypeOf(parsed.value).toEqualTypeOf<Sid<'CN' | 'AP'>>();
    expect(parsed).toEqual({ ok: true, value: text });
  });
});
