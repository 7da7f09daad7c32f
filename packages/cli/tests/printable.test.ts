import type { RingingPhone } from '@tutti/testkit';
import { expect, it } from 'vitest';
import { Telephone } from '../src/phone/telephone.ts';
import { printable } from '../src/printable.ts';

it('replaces what a terminal would obey, and nothing else', () => {
  expect(printable('\u001b[2J\u009b1mAda\r\n\u007f → Zoë 🎻')).toBe('�[2J�1mAda��� → Zoë 🎻');
});

it('a caller whose name is an escape sequence only rings', () => {
  const printed: string[] = [];
  const print = (line: string): void => void printed.push(line);
  const telephone = new Telephone({ autoAnswer: false, play: undefined, record: undefined, print });
  const ringing = {
    from: '+1\u001b]0;owned\u0007',
    to: '+15550001111',
    ring: () => undefined,
    canceled: new Promise(() => undefined),
  };

  telephone.ring(ringing as unknown as RingingPhone);

  expect(printed).toEqual(['ringing: +1�]0;owned� calls +15550001111. a to answer, r to reject']);
});
