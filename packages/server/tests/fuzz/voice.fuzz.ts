import { deepStrictEqual } from 'node:assert';
import { isSipUri, parseAddress } from '@tutti/ids';
import { formatSipUri, parseSipUri } from '@tutti/sip';
import { fuzz } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import { addressOfUri, userOfAddress } from '../../src/voice/addresses.ts';

const uris = [
  'sip:+15551234567@trunk.example.com:5060;user=phone',
  'sip:15551234567;npdi@10.0.0.1',
  'sip:zo%C3%AB%20%3Fa%3Bb:pw@[2001:db8::1]',
  'sips:desk.1+a=b,c/d@host',
  'sip:host',
  'tel:+15551234567',
];

fuzz<string>('The address that a SIP URI stands for', {
  corpus: ['sip:%00@a', 'sip:%40@a', 'sip:%3B%3F@a', 'sip:+0@a', 'sip:%@a', 'sip:client:x@a'],
  make: (random) =>
    mutateText(random, random.pick(uris), { words: ['%40', '%3B', '%0D%0A', '@', ';', '?', '+1'] }),
  check: (text) => {
    // Messages are UTF-8 when they are read, so there is no half of a character.
    const uri = parseSipUri(text.replaceAll(/\p{Cs}/gu, '\uFFFD'));
    if (!uri.ok) return;
    const address = addressOfUri(uri.value);
    if (/[\p{Cc}\s<>"]/u.test(address)) throw new Error(`Unprintable in ${address}`);
    if (address.startsWith('+')) {
      if (!/^\+[1-9]\d{6,14}$/.test(address)) throw new Error(`No number: ${address}`);
      deepStrictEqual(parseAddress(address).ok, true);
      deepStrictEqual(userOfAddress(address), address);
      return;
    }
    // It leads back to the same user at the same host.
    const again = parseSipUri(address);
    if (!again.ok) throw new Error(`${address} is not read again: ${again.error.message}`);
    const { user = '', host } = uri.value;
    deepStrictEqual(again.value.host, host);
    // Of URIs without a host, the escapes are read as they are written.
    if (host !== '') deepStrictEqual(again.value.user ?? '', user);
    deepStrictEqual(addressOfUri(again.value), address);
    if (user !== '' && isSipUri(address)) {
      const dialled = parseSipUri(`sip:${userOfAddress(address)}@${host}`);
      deepStrictEqual(dialled.ok && dialled.value.user, user);
    }
    formatSipUri(again.value);
  },
});
