import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainSid, mintSid, parseSid, sidKinds } from './index.ts';
import type { SidExplanation, SidPrefix } from './index.ts';

const digits = '0a1b2c3d4e5f60718293a4b5c6d7e8f9';

describe('explainSid', () => {
  it('names the kind of a SID', () => {
    expect(explainSid(`AP${digits}`)).toEqual({
      kind: 'sid',
      prefix: 'AP',
      name: 'Application',
      sentence: 'This is the SID of an Application.',
    });
  });

  it.each<[string, Partial<SidExplanation>]>([
    ['', { kind: 'empty' }],
    ['  \t', { kind: 'empty' }],
    [`FW${digits}`, { kind: 'foreign-sid', prefix: 'FW', name: 'Studio flow' }],
    [`QQ${digits}`, { kind: 'unknown-prefix', prefix: 'QQ' }],
    [`CN${digits}0`, { kind: 'wrong-length', length: 35, expected: 34 }],
    [`CN${digits.slice(1)}`, { kind: 'wrong-length', length: 33, expected: 34 }],
    ['CN', { kind: 'wrong-length', length: 2, expected: 34 }],
    [`CN0a1b2c3O${digits.slice(0, 24)}`, { kind: 'not-hexadecimal', index: 9, character: 'O' }],
    [`cn${digits}`, { kind: 'lower-case-prefix', prefix: 'CN' }],
    [`Cn${digits}`, { kind: 'lower-case-prefix', prefix: 'CN' }],
    [
      'conv_conversation_01h455vb4pex5vsknk084sn02q',
      { kind: 'type-id', typeName: 'conv_conversation' },
    ],
    ['hello world', { kind: 'not-a-sid' }],
    [digits, { kind: 'not-a-sid' }],
    ['undefined', { kind: 'not-a-sid' }],
    ['+14155550100', { kind: 'not-a-sid' }],
    ['9f1c1b7e-5a3d-4f0e-8a53-0d8f2f6a9b10', { kind: 'not-a-sid' }],
  ])('explains %j', (text, expected) => {
    expect(explainSid(text)).toMatchObject(expected);
  });

  it('says which character is wrong, counting from one', () => {
    expect(explainSid(`CN0a1b2c3O${digits.slice(0, 24)}`).sentence).toContain(
      'character 10 is "O"',
    );
  });

  it.each([
    `CN${'X'.repeat(32)}`,
    `AC${'x'.repeat(32)}`,
    `AC${'0'.repeat(32)}`,
    `AC${'a'.repeat(32)}`,
    'CNXXXX',
    'CNXXXXXXXX…',
    'CN…',
    'AC...',
    'CN0123456789abcdef0123456789abcdef',
    'your_account_sid',
    'YOUR_CONDUCTOR_SID',
    'your-auth-token',
    'conductor_sid',
    'AccountSid',
    '<CONDUCTOR_SID>',
    '${CONDUCTOR_SID}',
    '$TWILIO_ACCOUNT_SID',
    '{{conductorSid}}',
    '%CONDUCTOR_SID%',
    '[ConductorSid]',
  ])('knows that %s is a placeholder', (text) => {
    expect(explainSid(text)).toMatchObject({ kind: 'placeholder' });
  });

  it('tells of which kind a placeholder stands for', () => {
    expect(explainSid(`CN${'X'.repeat(32)}`)).toMatchObject({
      prefix: 'CN',
      sentence: expect.stringContaining('your own Conductor'),
    });
  });

  it.each([`"CN${digits}"`, ` CN${digits}`, `CN${digits}\n`, `‘CN${digits}’`, `\ufeffCN${digits}`])(
    'looks inside the blanks or quotation marks of %j',
    (text) => {
      expect(explainSid(text)).toMatchObject({
        kind: 'surrounded',
        inner: { kind: 'sid', prefix: 'CN' },
      });
    },
  );

  it('never throws and always has a sentence, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearSid), (text) => {
        expect(explainSid(text).sentence).toMatch(/^\S.*\.$/su);
      }),
    );
  });

  it('agrees with parseSid on what a SID is', () => {
    fc.assert(
      fc.property(nearSid, (text) => {
        const { kind } = explainSid(text);
        if (kind !== 'placeholder') expect(parseSid(text).ok).toBe(kind === 'sid');
      }),
    );
  });

  it('calls no minted SID a placeholder', () => {
    for (let count = 0; count < 1_000; count += 1) {
      expect(explainSid(mintSid('CN', 0)).kind).toBe('sid');
    }
  });

  it('answers long texts without delay', () => {
    for (const unit of [' ', '"', 'a_', 'CN', '$', '<', 'your ', 'sid']) {
      expect(explainSid(unit.repeat(200_000)).sentence.length).toBeLessThan(300);
    }
  });
});

const nearSid = fc
  .tuple(
    fc.constantFrom(...(Object.keys(sidKinds) as SidPrefix[]), 'FW', 'QQ', 'cn', ''),
    fc.string({
      unit: fc.constantFrom(...'0123456789abcdefABCDEFXx _-"'.split('')),
      maxLength: 40,
    }),
  )
  .map(([prefix, rest]) => prefix + rest);
