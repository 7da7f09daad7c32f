import { deepStrictEqual } from 'node:assert';
import { fuzz, staysLinear } from '../../../../tests/_fuzz/fuzz.ts';
import { mutateText } from '../../../../tests/_fuzz/mutate.ts';
import {
  answerChallenge,
  formatChallenge,
  parseAuthorization,
  parseChallenge,
  verifyDigest,
} from '../../src/digest/digest.ts';
import { NO_BODY } from '../../src/message/message.ts';

const challenges = [
  'Digest realm="tutti", nonce="abc", algorithm=MD5, qop="auth"',
  'Digest realm="a \\"b\\", c", nonce="abc", algorithm=SHA-256-sess, qop="auth-int, auth", stale=TRUE, opaque="o"',
  'DIGEST realm=x,nonce=y',
];
const authorizations = [
  'Digest username="a", realm="b", nonce="c", uri="sip:d", response="00", algorithm=MD5, cnonce="f", qop=auth, nc=00000001',
  'Digest username="", realm="", nonce="", uri="", response=""',
];
const words = [
  ', ',
  'qop=',
  '="',
  'algorithm=',
  'MD5-sess',
  '__proto__=1',
  ', realm="x"',
  'nc=ffffffff',
];
const account = { username: 'bob', password: 'secret' };

fuzz<string>('A digest challenge or answer', {
  corpus: [
    '',
    'Digest',
    'Digest ',
    'Digest ,',
    'Digest =',
    'Basic a',
    'Digest __proto__=1',
    'Digest realm="',
    'Digest realm="a\r\nb", nonce=c',
  ],
  make: (random) =>
    mutateText(random, random.pick([...challenges, ...authorizations]), {
      words,
      others: challenges,
    }),
  check: (header) => {
    const challenge = parseChallenge(header);
    // A header's value holds no line break; what a quoted one would hold cannot be answered.
    if (challenge.ok && !/[\r\n]/.test(header)) {
      const { realm, nonce, algorithm, stale, opaque } = challenge.value;
      const again = formatChallenge({
        realm,
        nonce,
        algorithm,
        stale,
        ...(opaque === undefined ? {} : { opaque }),
      });
      const { qop } = challenge.value;
      const back = parseChallenge(again);
      if (!back.ok) throw new Error(`Our challenge is refused: ${back.error.message}`);
      deepStrictEqual({ ...back.value, qop }, challenge.value);
      // Whatever is asked, the right password answers it and another does not.
      const answer = answerChallenge({
        challenge: challenge.value,
        ...account,
        method: 'REGISTER',
        uri: 'sip:example.com',
        cnonce: 'ours',
        count: 1,
      });
      const authorization = parseAuthorization(answer);
      if (!authorization.ok)
        throw new Error(`Our answer is refused: ${authorization.error.message}`);
      const given = { authorization: authorization.value, method: 'REGISTER' };
      if (!verifyDigest({ ...given, body: NO_BODY, password: 'secret' }))
        throw new Error('Our answer is wrong');
      if (verifyDigest({ ...given, body: NO_BODY, password: 'guess' }))
        throw new Error('A guess is right');
    }
    const authorization = parseAuthorization(header);
    if (!authorization.ok) return;
    for (const value of Object.values(authorization.value)) {
      if (typeof value !== 'string') throw new Error('A field is no text');
    }
    const { value } = authorization;
    if (verifyDigest({ authorization: value, method: 'REGISTER', password: 'secret' })) {
      throw new Error('A made-up answer is right');
    }
  },
});

staysLinear('A digest header', {
  before: ['', 'Digest ', 'Digest realm=', 'Digest realm="'],
  after: ['', '"', '='],
  pieces: [',a=b', '\\"', '="",'],
  parse: (text) => {
    parseChallenge(text);
    parseAuthorization(text);
  },
});
